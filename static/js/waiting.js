/* Says when the file that a page waits for is there. Without this script the link does the same. */

const LONGEST_PAUSE = 15_000; // milliseconds
const place = document.querySelector("[data-waits]");

const look = async (pause) => {
  try {
    const answer = await fetch(location.href, { method: "HEAD" });
    if (answer.ok && !answer.headers.get("Content-Type").startsWith("text/html")) return show();
  } catch {
    // no connection: the next look may have one
  }
  setTimeout(look, pause, Math.min(pause * 1.5, LONGEST_PAUSE));
};

const show = () => {
  place.querySelector("[role=status]").textContent = "Das PDF ist fertig.";
  place.querySelector("a").textContent = "PDF öffnen";
};

setTimeout(look, 1000, 1500);

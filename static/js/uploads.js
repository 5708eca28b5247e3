// Files are sent without leaving the page, with progress; the page asks until the check is done. Without this
// script the same forms work by themselves.
(() => {
  if (document.documentElement.dataset.uploadsReady) return;
  document.documentElement.dataset.uploadsReady = "yes";

  const FIRST_LOOK = 1000;
  const LONGEST_PAUSE = 15000;
  const WHY = {
    403: "Ihre Sitzung ist abgelaufen. Bitte öffnen Sie den Link in unserer Mail noch einmal, in einem neuen Fenster; was Sie hier eingetragen haben, steht noch da.",
    413: "Diese Datei ist zu groß. Bitte laden Sie eine kleinere hoch.",
  };

  const part = (section, name) => section.querySelector(`[data-uploads-${name}]`);

  const say = (section, words) => {
    const said = part(section, "said");
    if (said.textContent !== words) said.textContent = words;
  };

  // Takes the new list (and form, after a form was sent) and leaves the place where words are announced.
  const show = (section, html, withForm) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-uploads]");
    if (!fresh) return false;
    part(section, "list").replaceWith(document.adoptNode(part(fresh, "list")));
    if (withForm) part(section, "form").replaceWith(document.adoptNode(part(fresh, "form")));
    section.toggleAttribute("data-waiting", fresh.hasAttribute("data-waiting"));
    part(section, "reload")?.setAttribute("hidden", "");
    return part(fresh, "said").textContent;
  };

  const watch = (section, pause = FIRST_LOOK) => {
    clearTimeout(Number(section.dataset.timer));
    if (!section.hasAttribute("data-waiting")) return;
    section.dataset.timer = setTimeout(async () => {
      try {
        const answer = await fetch(section.dataset.uploads, { headers: { "X-Requested-With": "XMLHttpRequest" } });
        if (!answer.ok) return part(section, "reload")?.removeAttribute("hidden");
        show(section, await answer.text(), false);
        if (!section.hasAttribute("data-waiting")) {
          const refused = section.querySelectorAll(".uploads__refused").length;
          say(section, refused ? "Die Prüfung ist fertig. Nicht jede Datei wurde angenommen." : "Die Prüfung ist fertig.");
        }
      } catch {
        // no connection: the next look may have one
      }
      watch(section, Math.min(pause * 1.5, LONGEST_PAUSE));
    }, pause);
  };

  const bar = (section) => {
    const progress = document.createElement("progress");
    progress.max = 100;
    progress.className = "uploads__progress";
    progress.setAttribute("aria-label", "Fortschritt beim Hochladen");
    part(section, "said").after(progress);
    return progress;
  };

  const send = (section, form) => {
    const input = form.querySelector("input[type=file]");
    const file = input?.files[0];
    if (file && file.size > Number(input.dataset.maxBytes)) return say(section, input.dataset.tooLarge);
    const request = new XMLHttpRequest();
    const progress = file ? bar(section) : null;
    const buttons = [...form.querySelectorAll("button, input[type=submit]")];
    const end = () => {
      progress?.remove();
      buttons.forEach((button) => { button.disabled = false; });
    };
    if (file) say(section, "Die Datei wird hochgeladen …");
    request.open("POST", form.action);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.upload.onprogress = (event) => {
      if (progress && event.lengthComputable) progress.value = (100 * event.loaded) / event.total;
    };
    request.onload = () => {
      end();
      const words = show(section, request.responseText, true);
      if (words === false) {
        return say(section, WHY[request.status] ?? "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.");
      }
      say(section, words);
      const wrong = section.querySelector("[aria-invalid=true]");
      (wrong ?? section.querySelector("h2")).focus();
      watch(section);
    };
    request.onerror = () => {
      end();
      say(section, "Die Verbindung ist abgebrochen. Bitte versuchen Sie es noch einmal.");
    };
    request.send(new FormData(form));
    buttons.forEach((button) => { button.disabled = true; });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-upload-form]");
    const section = form?.closest("[data-uploads]");
    if (!section) return;
    event.preventDefault();
    send(section, form);
  });
  document.querySelectorAll("[data-uploads]").forEach((section) => {
    part(section, "reload")?.setAttribute("hidden", "");
    watch(section);
  });
})();

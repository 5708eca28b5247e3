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

  const refuse = (section, field, words) => {
    say(section, words);
    field.focus();
  };

  // Says what the server would say, before anything is sent; a chosen file goes along with every button of its form.
  const isFit = (section) => {
    const input = section.querySelector("input[type=file]");
    const file = input?.files[0];
    if (!file) return true;
    const unticked = section.querySelector("input[data-needed]:not(:checked)");
    if (file.size > Number(input.dataset.maxBytes)) refuse(section, input, input.dataset.tooLarge);
    else if (unticked) refuse(section, unticked, unticked.dataset.needed);
    else return true;
    return false;
  };

  const dataOf = (section, form, file) => {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    if (file) data.append("file", file);
    section.querySelectorAll("input[type=checkbox]:checked").forEach((box) => data.append(box.name, box.value));
    return data;
  };

  const send = (section, form, button) => {
    const file = button.name === "upload" && section.querySelector("input[type=file]").files[0];
    const request = new XMLHttpRequest();
    const progress = file ? bar(section) : null;
    const buttons = [...section.querySelectorAll("button")];
    const end = () => {
      progress?.remove();
      buttons.forEach((button) => { button.disabled = false; });
    };
    if (file) say(section, "Die Datei wird hochgeladen …");
    request.open("POST", button.dataset.send ?? section.dataset.uploads);
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
    request.send(dataOf(section, form, file));
    buttons.forEach((button) => { button.disabled = true; });
  };

  // Before the form's own listeners: for those, a file that is sent by itself is no sending of the form.
  document.addEventListener("submit", (event) => {
    const section = event.target.querySelector("[data-uploads]");
    if (!section) return;
    const isOurs = section.contains(event.submitter);
    const isRemoval = isOurs && event.submitter.name === "remove";
    const isGood = isRemoval || isFit(section);
    if (!isOurs && isGood) return;
    event.preventDefault();
    event.stopPropagation();
    if (isGood) send(section, event.target, event.submitter);
  }, true);
  document.querySelectorAll("[data-uploads]").forEach((section) => {
    part(section, "reload")?.setAttribute("hidden", "");
    watch(section);
  });
})();

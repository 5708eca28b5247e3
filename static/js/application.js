/* The application's steps, quicker: saved while you type, sectors found while you type. All of it works without. */

const form = document.getElementById("schritt");
const AFTER = 3000; // milliseconds of rest before what was typed is saved
const SEARCH_AFTER = 250;

if (form) {
  saveWhileTyping(form, document.getElementById("speicherstand"));
  const search = form.querySelector("[data-sector-search]");
  if (search) searchWhileTyping(search);
}

function saveWhileTyping(form, state) {
  const pen = form.elements.pen;
  let typed = 0, saved = 0, timer = 0, running = null;

  async function save() {
    clearTimeout(timer);
    if (running || typed === saved) return;
    const upTo = typed, data = new FormData(form);
    data.delete("file"); // has a button of its own
    running = fetch(form.action, { method: "POST", headers: { "X-Autosave": "1" }, body: data });
    try {
      const answer = await running;
      const said = await answer.json();
      if (!answer.ok) throw new Error(answer.status);
      pen.value = said.pen;
      if (!said.left && !said.asks) saved = upTo; // else whoever leaves now is warned
      state.textContent = said.asks
        ? "Ihre letzte Eingabe ist noch nicht gespeichert: Dasselbe wurde inzwischen von jemand anderem oder in einem anderen Fenster geändert. Wenn Sie mit dem Knopf am Ende speichern, zeigen wir Ihnen beides."
        : said.left
        ? `Gespeichert um ${said.saved_at} Uhr, bis auf das, was noch nicht stimmt. Beim Weitergehen zeigen wir es Ihnen.`
        : `Zuletzt gespeichert um ${said.saved_at} Uhr`;
    } catch {
      state.textContent = "Noch nicht gespeichert. Bitte speichern Sie selbst mit dem Knopf am Ende.";
    } finally {
      running = null;
      if (typed > upTo) later();
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, AFTER);
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === "sector_search" || event.target.closest("[data-uploads]")) return;
    typed += 1;
    later();
  });

  let leaving = false;
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (!running) {
      leaving = true;
      return;
    }
    event.preventDefault(); // its answer brings the pen that knows what is stored
    const button = event.submitter;
    await running.catch(() => {});
    setTimeout(() => form.requestSubmit(button));
  });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => {
    if (typed !== saved && !leaving) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
}

function searchWhileTyping(button) {
  const words = form.elements.sector_search, found = button.parentElement.querySelector("[role=status]");
  let timer = 0, asked = 0;

  async function search() {
    const number = ++asked;
    if (words.value.trim().length < 2) return found.replaceChildren();
    const answer = await fetch(`${button.dataset.sectorSearch}?q=${encodeURIComponent(words.value)}`).catch(() => null);
    if (!answer?.ok || number !== asked) return;
    show((await answer.json()).suggestions);
  }

  function show(suggestions) {
    const text = document.createElement("p");
    text.textContent = suggestions.length
      ? "Das könnte passen:"
      : "Dazu finden wir nichts. Versuchen Sie ein anderes Wort, oder wählen Sie aus der Liste.";
    const list = document.createElement("ul");
    for (const one of suggestions) {
      const choice = document.createElement("button");
      choice.type = "button";
      choice.className = "choice";
      choice.append(`${one.trade}: `, Object.assign(document.createElement("strong"), { textContent: one.label }));
      choice.addEventListener("click", () => take(one));
      const item = document.createElement("li");
      item.append(choice);
      list.append(item);
    }
    found.replaceChildren(text, ...(suggestions.length ? [list] : []));
  }

  function take(one) {
    const select = form.elements.sector;
    select.value = one.value;
    select.dispatchEvent(new Event("input", { bubbles: true }));
    found.replaceChildren(Object.assign(document.createElement("p"), { textContent: `Gewählt: ${one.label}` }));
    select.focus();
  }

  words.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, SEARCH_AFTER);
  });
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
  button.addEventListener("click", (event) => {
    event.preventDefault();
    search();
  });
}

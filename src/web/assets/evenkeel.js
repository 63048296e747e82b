/* Saves an answer as soon as it is chosen. Without this script the buttons do the same.
   One request at a time, the newest choice last; what could not be saved is kept and tried again. */
(() => {
  const form = document.getElementById("item");
  if (!form || !window.fetch) return;
  const line = document.getElementById("saved");
  const problem = document.getElementById("problem");
  let unsaved = false;
  let flight = null;
  let timer = 0;
  let wait = 2;
  let leaving = false;

  const refuse = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
  };

  const later = () => {
    line.textContent = `Not saved yet. Your choice is kept here; next try in ${wait} s.`;
    timer = setTimeout(save, wait * 1000);
    wait = Math.min(wait * 2, 30);
  };

  async function save() {
    clearTimeout(timer);
    if (flight || !unsaved || leaving) return;
    const body = new URLSearchParams(new FormData(form));
    body.set("then", "stay");
    flight = new AbortController();
    const deadline = setTimeout(() => flight && flight.abort(), 15000);
    let failed = false;
    unsaved = false;
    line.textContent = "Saving";
    try {
      const reply = await fetch(form.dataset.saveUrl, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        signal: flight.signal,
      });
      if (reply.status >= 500 || reply.status === 429) throw new Error("later");
      const said = await reply.json();
      wait = 2;
      if (reply.ok) {
        refuse("");
        line.textContent = `Saved ${said.saved}`;
      } else {
        line.textContent = "Not saved.";
        refuse(said.error || "This answer could not be saved. Reload the page to see why.");
      }
    } catch {
      failed = true;
      unsaved = true;
    } finally {
      clearTimeout(deadline);
      flight = null;
    }
    if (failed && !leaving) later();
    else save();
  }

  form.addEventListener("change", () => {
    unsaved = true;
    wait = 2;
    save();
  });
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
    if (flight) flight.abort();
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  window.addEventListener("online", save);
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && !leaving) event.preventDefault();
  });
})();

/* Buttons that copy a text beside them; without this script the text is there to be selected. */
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    });
  }
}

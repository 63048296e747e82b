/* Saves an answer as soon as it is chosen. Without this script the buttons do the same.
   What is not saved yet is kept in this tab, also over a reload, and tried again: in sessionStorage, because a phone may be
   shared and nothing should stay on it once the tab is closed. Each try says which tab it comes from and how new it is, so
   that the server lets no older choice overtake a newer one. No keys of our own: arrows and Enter are the browser's. */
(() => {
  const form = document.querySelector("form[data-base]");
  if (!form || !window.fetch) return;
  const { base, next, back } = form.dataset;
  const here = form.getAttribute("action");
  const token = form.elements.form_token.value;
  const line = document.getElementById("saved");
  // What the server said of the page stands above; what the script says below, where nothing moves under a thumb.
  const above = document.getElementById("problem");
  const problem = document.getElementById("unsaved");
  const now = () => (form.elements.choice || form.elements.comment || { value: "" }).value;
  let settled = above.hidden ? now() : null;

  let kept = { tab: Math.random().toString(36).slice(2, 12), n: 0, wait: {} };
  try {
    kept = JSON.parse(sessionStorage.getItem(base)) || kept;
  } catch {}
  const found = Object.keys(kept.wait).length > 0;
  const keep = () => {
    try {
      sessionStorage.setItem(base, JSON.stringify(kept));
    } catch {}
  };

  let flight = null;
  let timer = 0;
  let pause = 1;
  let goal = "";
  let sending = false;

  const tell = (text, failed) => {
    problem.hidden = !text;
    if (problem.textContent !== text) problem.textContent = text;
    if (failed) line.textContent = sending ? "Not sent yet" : "Not saved yet";
  };
  const waiting = () => Object.keys(kept.wait)[0] || (sending && here) || "";

  const leave = () => {
    if (goal) location.assign(goal);
    else if (found && base + "/review" === location.pathname) location.reload();
  };

  const lost = (seconds) => {
    const cut = navigator.onLine === false;
    const why = cut ? "there is no connection" : "the server does not answer";
    const then = `by itself ${cut ? "when the connection is back" : "when it answers again"}. Leave this page open.`;
    const own = Object.keys(kept.wait).length > 0;
    tell(own ? `Not saved: ${why}. What you chose is kept in this tab, and is saved ${then}` : `Not sent: ${why}. It is sent ${then}`, true);
    timer = setTimeout(save, (seconds || pause) * 1000);
    pause = Math.min(pause * 2, 30);
  };

  async function save() {
    clearTimeout(timer);
    const url = waiting();
    if (flight) return;
    if (!url) return leave();
    const own = kept.wait[url];
    const mine = (flight = new AbortController());
    const deadline = setTimeout(() => mine.abort(), 10000);
    const body = new URLSearchParams({ ...(own && own.fields), form_token: token, then: "stay" });
    if (own) body.set("order", `${kept.tab}.${own.n}`);
    // While it is tried again nothing new is said.
    if (problem.hidden) line.textContent = own ? "Saving" : "Sending";
    let reply = null;
    let words = {};
    try {
      reply = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, signal: mine.signal });
      words = await reply.json();
    } catch {}
    clearTimeout(deadline);
    // A newer choice has taken this one's place.
    if (flight !== mine) return;
    flight = null;
    if (!reply || reply.status >= 500 || reply.status === 429 || reply.status === 408 || (reply.ok && !words.saved)) {
      return lost(reply && Number(reply.headers.get("Retry-After")));
    }
    pause = 1;
    if (!own) sending = false;
    else if (kept.wait[url] === own) delete kept.wait[url];
    keep();
    if (!reply.ok) {
      goal = "";
      sending = false;
      tell(words.error || "Not saved. Reload the page to see why.", true);
      return;
    }
    tell("");
    above.hidden = true;
    line.textContent = own ? `Saved ${words.saved}` : "Sent";
    if (own && url === here) settled = Object.values(own.fields)[0];
    save();
  }

  const take = () => {
    const data = new FormData(form);
    const fields = {};
    for (const name of ["choice", "comment"]) if (data.has(name)) fields[name] = data.get(name);
    if (!Object.keys(fields).length) return false;
    // A tab that was duplicated counts on from the same number; the clock tells the two apart.
    kept.n = Math.max(kept.n + 1, Date.now());
    kept.wait[here] = { n: kept.n, fields };
    keep();
    return true;
  };

  form.addEventListener("input", () => {
    goal = "";
    // A text is kept at each stroke and saved when its field is left.
    if (!take() || form.elements.comment) return;
    if (flight) flight.abort();
    flight = null;
    pause = 1;
    save();
  });
  form.addEventListener("change", save);
  form.addEventListener("submit", (event) => {
    const backwards = event.submitter && event.submitter.value === "back";
    // Where nothing is chosen the server says so.
    if (form.id === "item" && !backwards && !form.querySelector(":checked")) return;
    event.preventDefault();
    goal = backwards ? back : next;
    sending = form.id === "send";
    if (now() !== settled && !kept.wait[here]) take();
    save();
  });
  window.addEventListener("online", save);
  window.addEventListener("pageshow", () => {
    goal = "";
    save();
  });
  window.addEventListener("beforeunload", (event) => {
    if (waiting()) event.preventDefault();
  });

  const before = kept.wait[here];
  if (before) {
    for (const [name, value] of Object.entries(before.fields)) form.elements[name].value = value;
  }
})();

// The counter and the route. What is scanned lies in this browser (IndexedDB) before it is acknowledged, under an id
// of its own, and goes to /api/events in the order of scanning whenever the line is there. The id makes that sending
// the same scan twice stores it once. No service worker: plain HTTP in an office will do.
"use strict";
(function () {
  const place = document.querySelector("[data-counter]");
  if (!place) { return; }
  const me = place.dataset.user, survey = place.dataset.survey, mayUndo = place.dataset.undo === "yes";
  const words = JSON.parse(place.dataset.words);
  const find = function (id) { return document.getElementById(id); };
  const PIECE = 50, RETRY = 4000, PATIENCE = 20000, KEPT_DAYS = 7;
  let database = null, rows = [], sending = false, alone = 0, line = "ok", stopped = false;
  let memory = [];  // only where the browser keeps nothing
  let batch = kept("sipas-batch") || fresh();

  // ------------------------------------------------------------ what is kept
  function kept(name) { try { return localStorage.getItem(name); } catch { return null; } }
  function fresh() {
    const id = String(Date.now());
    try { localStorage.setItem("sipas-batch", id); } catch { /* then it lasts as long as the page */ }
    return id;
  }
  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));  // randomUUID is not there on plain HTTP
    return "web:" + Array.from(bytes, function (b) { return b.toString(16).padStart(2, "0"); }).join("");
  }
  function open() {
    return new Promise(function (resolve) {
      let asked;
      try { asked = indexedDB.open("sipas-counter", 1); } catch { resolve(null); return; }
      asked.onupgradeneeded = function () { asked.result.createObjectStore("scans", { keyPath: "n", autoIncrement: true }); };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = function () { resolve(null); };
    });
  }
  // One transaction over all scans: `change` is given them and returns those to be written. Resolves when it is on disk.
  function change(work) {
    if (!database) {
      work(memory).forEach(function (row) { if (!row.n) { row.n = memory.length + 1; memory.push(row); } });
      rows = memory;
      return Promise.resolve();
    }
    return new Promise(function (resolve, reject) {
      const act = database.transaction("scans", "readwrite", { durability: "strict" });
      const store = act.objectStore("scans"), asked = store.getAll();
      let all = [];
      asked.onsuccess = function () {
        all = asked.result;
        const changed = work(all);
        changed.forEach(function (row) {
          if (row.forget) { store.delete(row.n); return; }
          const put = store.put(row);
          put.onsuccess = function () { row.n = put.result; };
        });
        all = all.concat(changed.filter(function (row) { return !all.includes(row); }));
      };
      act.oncomplete = function () { rows = all.filter(function (row) { return !row.forget; }); resolve(); };
      act.onerror = act.onabort = function () { reject(act.error); };
    });
  }
  function mine(row) { return row.user === me && row.survey === survey; }
  function order(a, b) { return a.n - b.n; }
  function forgetOld() {
    const before = Date.now() - KEPT_DAYS * 86400000;
    return change(function (all) {
      return all.filter(function (row) { return row.at < before && row.state !== "waiting"; })
        .map(function (row) { row.forget = true; return row; });
    });
  }

  // ------------------------------------------------------------ a scan
  function codeOf(text) {
    const plain = text.replace(/\s+/g, "").split("/")[0];
    if (/^[1-9]\d{11}$/.test(plain)) { return { sheet: true }; }
    if (!/^[1-9]\d{9}$/.test(plain)) { return null; }
    const check = 98 - (Number(plain.slice(0, 8)) * 100) % 97;
    return String(check).padStart(2, "0") === plain.slice(8) ? { form: plain } : null;
  }
  function grouped(form) { return form.replace(/^(\d{2})(\d{6})(\d{2})$/, "$1 $2 $3"); }
  function event(told) {
    return Object.assign({ event_id: newId(), user: me, survey: survey, batch: batch, at: Date.now(), state: "waiting",
      tried: false, worker: "", refers_to: "", message: "", undone_by: "" }, told);
  }
  async function take(form, act, on, worker) {
    let outcome = "kept", told = null;
    await change(function (all) {
      const same = all.filter(function (row) {
        return mine(row) && row.act === act && row.form === form && row.happened_on === on && row.state !== "gone" &&
          row.state !== "wrong";
      });
      const taken = same.find(function (row) { return row.undone_by; });
      if (same.length && !taken) { outcome = "again"; told = same[0]; return []; }
      if (taken) {  // it was taken back, and is true after all: the taking back is taken back
        const undo = all.find(function (row) { return row.event_id === taken.undone_by; });
        outcome = "restored"; told = taken; taken.undone_by = ""; taken.batch = batch;
        if (undo && undo.state === "waiting" && !undo.tried) { undo.state = "gone"; return [taken, undo]; }
        return [taken, event({ form: form, act: "undo", happened_on: today(), refers_to: undo ? undo.event_id : "", undoes: taken.event_id, back: true })];
      }
      told = event({ form: form, act: act, happened_on: on, worker: worker });
      return [told];
    });
    show(); say(outcome, told); send();
  }
  async function undoLast() {
    let outcome = "nothing_to_undo", told = null;
    await change(function (all) {
      const last = all.filter(function (row) {
        return mine(row) && row.act !== "undo" && !row.undone_by && (row.state === "waiting" || row.state === "done");
      }).sort(order).pop();
      if (!last) { return []; }
      told = last;
      if (last.state === "waiting" && !last.tried) { outcome = "taken_back"; last.state = "gone"; return [last]; }
      if (!mayUndo) { outcome = "cannot_undo"; return []; }
      const undo = event({ form: last.form, act: "undo", happened_on: today(), refers_to: last.event_id, undoes: last.event_id });
      last.undone_by = undo.event_id;
      outcome = "taken_back";
      return [last, undo];
    });
    show(); say(outcome, told); send();
  }
  function today() {
    const field = place.querySelector("[name=on]");
    return (field && (field.max || field.value)) || new Date().toISOString().slice(0, 10);
  }

  // ------------------------------------------------------------ sending
  async function send() {
    if (sending || stopped) { return; }
    sending = true;
    try { while (await sendPiece()) { /* until nothing waits, or the line is down */ } } finally { sending = false; show(); }
  }
  async function sendPiece() {
    let piece = [];
    if (navigator.onLine === false) { line = "down"; return false; }  // then nothing has been tried
    await change(function (all) {
      piece = all.filter(function (row) { return mine(row) && row.state === "waiting"; }).sort(order).slice(0, alone > 0 ? 1 : PIECE);
      piece.forEach(function (row) { row.tried = true; });
      return piece;
    });
    if (!piece.length) { line = "ok"; return false; }
    let answer, said;
    const patience = new AbortController(), timer = setTimeout(function () { patience.abort(); }, PATIENCE);
    try {
      answer = await fetch("/api/events", {
        method: "POST", headers: { "content-type": "application/json", "x-csrf": place.dataset.csrf }, cache: "no-store",
        credentials: "same-origin", signal: patience.signal,
        body: JSON.stringify(piece.map(function (row) {
          return { event_id: row.event_id, form: row.form, act: row.act, happened_on: row.happened_on, worker: row.worker, refers_to: row.refers_to };
        })),
      });
      said = await answer.json();
    } catch { line = "down"; return false; } finally { clearTimeout(timer); }
    const problems = said.problems || [], kinds = problems.map(function (p) { return p.kind; });
    if (answer.ok) { line = "ok"; alone = Math.max(0, alone - 1); await settle(piece, "done", problems); return true; }
    if (answer.status === 401) { line = "login"; stopped = true; return false; }
    if (kinds.includes("REQUEST_FORGED")) { line = "reload"; stopped = true; return false; }
    if (answer.status >= 500 || answer.status === 429) { line = "down"; return false; }
    line = "ok";
    if (piece.length > 1) { alone = piece.length; return true; }  // one of them is wrong: each for itself
    alone = Math.max(0, alone - 1);
    await settle(piece, "wrong", problems);
    say("wrong_one", piece[0]);
    return true;
  }
  function settle(piece, state, problems) {
    const ids = piece.map(function (row) { return row.event_id; });
    return change(function (all) {
      const found = all.filter(function (row) { return ids.includes(row.event_id); });
      found.forEach(function (row) {
        row.state = state;
        row.message = problems.filter(function (p) { return !p.form || p.form === row.form; }).map(function (p) { return p.message; }).join(" ");
      });
      const refused = found.filter(function (row) { return state === "wrong" && row.act === "undo" && !row.back; });
      const stand = all.filter(function (row) { return refused.some(function (undo) { return undo.event_id === row.undone_by; }); });
      stand.forEach(function (row) { row.undone_by = ""; });  // what could not be taken back stands
      return found.concat(stand);
    });
  }

  // ------------------------------------------------------------ sound, colour, numbers
  let sound = null;
  function tone(good) {
    try {
      sound = sound || new (window.AudioContext || window.webkitAudioContext)();
      const voice = sound.createOscillator(), volume = sound.createGain();
      voice.type = good ? "sine" : "square"; voice.frequency.value = good ? 1040 : 190;
      volume.gain.value = 0.12; voice.connect(volume); volume.connect(sound.destination);
      voice.start(); voice.stop(sound.currentTime + (good ? 0.09 : 0.4));
      if (!good && navigator.vibrate) { navigator.vibrate(300); }
    } catch { /* silence */ }
  }
  function say(what, row) {
    const field = find("said"), good = ["kept", "taken_back", "restored"].includes(what);
    field.hidden = false;
    field.className = "said " + (good ? "right" : what === "again" ? "twice" : "no");
    const act = row ? " · " + words["act_" + row.act] : "";
    field.textContent = words[what] + (row && row.form ? " " + grouped(row.form) + act : "") + (what === "wrong_one" && row ? ": " + row.message : "");
    tone(good);
  }
  function stands(row) { return row.act !== "undo" && !row.undone_by && (row.state === "waiting" || row.state === "done"); }
  function show() {
    const own = rows.filter(mine).sort(order);
    const waiting = own.filter(function (row) { return row.state === "waiting"; });
    const wrong = own.filter(function (row) { return row.state === "wrong"; });
    if (find("count")) { find("count").textContent = own.filter(function (row) { return stands(row) && row.batch === batch; }).length; }
    find("waiting").textContent = waiting.length;
    find("wrong").textContent = wrong.length;
    const state = waiting.length && line === "ok" && !sending ? "down" : line;
    find("line").textContent = words[{ ok: "line_ok", down: "line_down", login: "login", reload: "reload" }[state]];
    find("line").className = "flag " + (state === "ok" ? "good" : "wrong");
    const others = rows.filter(function (row) { return row.survey === survey && row.user !== me && row.state === "waiting"; });
    find("others").hidden = !others.length;
    find("others").textContent = words.others.replace("{n}", others.length).replace("{user}", others.length ? others[0].user : "");
    list(wrong.concat(own.filter(function (row) { return row.state !== "wrong"; }).slice(-25).reverse()));
    document.querySelectorAll("[data-form]").forEach(mark);
  }
  function list(shown) {
    find("rows").replaceChildren.apply(find("rows"), shown.map(function (row) {
      const item = document.createElement("li"), code = document.createElement("b"), told = document.createElement("span");
      code.className = "code"; code.textContent = grouped(row.form);
      const state = row.undone_by ? "gone" : row.state;
      told.className = "flag " + (state === "done" ? "good" : state === "wrong" ? "wrong" : "");
      told.textContent = words["state_" + state];
      item.append(code, " " + words["act_" + row.act] + " ", told);
      if (row.message) { const why = document.createElement("small"); why.textContent = row.message; item.append(why); }
      if (row.state === "wrong") {
        const seen = document.createElement("button");
        seen.type = "button"; seen.textContent = words.seen;
        seen.addEventListener("click", function () { change(function (all) { return all.filter(function (r) { return r.n === row.n; }).map(function (r) { r.state = "gone"; return r; }); }).then(show); });
        item.append(seen);
      }
      return item;
    }));
  }
  function mark(stop) {
    const last = rows.filter(function (row) { return mine(row) && stands(row) && row.form === stop.dataset.form; }).sort(order).pop();
    const told = stop.querySelector(".told-here");
    stop.classList.toggle("reported", Boolean(last));
    told.hidden = !last;
    told.textContent = last ? words["act_" + last.act] + (last.state === "waiting" ? " · " + words.state_waiting : "") : "";
  }

  // ------------------------------------------------------------ hands
  document.addEventListener("submit", function (given) {
    const form = given.target;
    if (form.getAttribute("action") !== "/counter") { return; }
    given.preventDefault();
    const field = form.querySelector("[name=code]"), text = field.value, read = codeOf(text);
    const chosen = given.submitter && given.submitter.name === "act" ? given.submitter.value : (form.querySelector("[name=act]:checked") || {}).value;
    const worker = form.querySelector("[name=worker]");
    if (field.type !== "hidden") { field.value = ""; field.focus(); }
    if (!read || read.sheet) { say(read ? "sheet" : "wrong_code", { form: text.slice(0, 40), act: chosen }); return; }
    take(read.form, chosen, form.querySelector("[name=on]").value, worker ? worker.value.trim() : "")
      .catch(function () { say("no_store", null); });
    const stop = form.closest("details"); if (stop) { stop.open = false; }
  });
  if (find("undo")) { find("undo").addEventListener("click", undoLast); }
  if (find("fresh")) { find("fresh").addEventListener("click", function () { batch = fresh(); show(); focus(); }); }
  function focus() { if (find("code")) { find("code").focus(); } }
  document.addEventListener("change", function (given) { if (given.target.name === "act") { focus(); } });
  document.addEventListener("click", function (given) { if (!given.target.closest("a,button,input,select,label,summary,[tabindex='0']")) { focus(); } });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { refresh().then(send); } });
  window.addEventListener("online", send);
  window.addEventListener("offline", function () { line = "down"; show(); });
  setInterval(send, RETRY);
  function refresh() { return change(function () { return []; }).then(show); }

  // ------------------------------------------------------------ the camera, where the browser allows one
  if (find("camera") && "BarcodeDetector" in window && navigator.mediaDevices) {
    const detector = new window.BarcodeDetector({ formats: ["qr_code", "code_128", "code_39"] });
    let last = "";
    find("camera").hidden = false;
    find("camera").addEventListener("click", async function () {
      const picture = find("picture");
      if (picture.srcObject) { picture.srcObject.getTracks().forEach(function (track) { track.stop(); }); picture.srcObject = null; picture.hidden = true; return; }
      try { picture.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }); } catch { return; }
      picture.hidden = false; await picture.play();
      const timer = setInterval(async function () {
        if (!picture.srcObject) { clearInterval(timer); return; }
        const seen = await detector.detect(picture).catch(function () { return []; });
        if (seen.length && seen[0].rawValue !== last) { last = seen[0].rawValue; find("code").value = last; find("scan").requestSubmit(); }
      }, 250);
    });
  }

  open().then(function (opened) {
    database = opened;
    if (!database) { say("no_store", null); }
    return forgetOld();
  }).then(function () { document.documentElement.dataset.ready = "yes"; show(); focus(); send(); });
})();

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the HTML report a pleasure: a tree with a time line out of the flat table that
 * stands in the page (see html.c for the attributes of its rows). Changes nothing in that
 * table, asks no network, needs no library.
 *
 * 100,000 rows: numbers of all rows are read once into typed arrays; texts are read from
 * the table when they are shown; only the rows in view exist as elements. Rows have one
 * height, and the few opened ones are an exception list, so that the place of any row is
 * arithmetic.
 *
 * Rows are numbered in tree order (k): a row, then everything below it up to end[k].
 */
(function () {
"use strict";

var ROW = 30;
var PASS = 0, FAIL = 1, SKIP = 2, OTHER = 3;
var CLASSES = ["pass", "fail", "skip", "other"];
var WORDS = ["Passed", "Failed", "Skipped", "Other"];
var TICKS = 10000;
var LIST_LIMIT = 200;
var SVG = "http://www.w3.org/2000/svg";

/* ---- elements ---- */

function el(tag, attrs) {
    var e = document.createElement(tag);
    for (var name in attrs) {
        var value = attrs[name];
        if (name === "class") e.className = value;
        else if (name === "text") e.textContent = value;
        else if (typeof value === "function") e.addEventListener(name, value);
        else if (value !== null && value !== undefined) e.setAttribute(name, value);
    }
    for (var i = 2; i < arguments.length; i++) {
        var child = arguments[i];
        if (child) e.append(child);
    }
    return e;
}
function svg(tag, attrs) {
    var e = document.createElementNS(SVG, tag);
    for (var name in attrs) e.setAttribute(name, attrs[name]);
    return e;
}
var PATHS = {
    pass: "M3.5 8.5l3 3 6-7", fail: "M4.5 4.5l7 7m0-7l-7 7", skip: "M4 8h8", other: "M8 7.5v1",
    find: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9m3.3 7.8L14 14", more: "M5.5 3l5 5-5 5",
    theme: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11", help: "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 12v.3",
    all: "M4 6l4-3.5L12 6M4 10l4 3.5L12 10", none: "M4 2.5L8 6l4-3.5M4 13.5L8 10l4 3.5"
};
function icon(name) {
    var s = svg("svg", {"class": "ico", viewBox: "0 0 16 16", "aria-hidden": "true"});
    s.append(svg("path", {d: PATHS[name], fill: "none", stroke: "currentColor", "stroke-width": "1.8", "stroke-linecap": "round", "stroke-linejoin": "round"}));
    if (name === "theme") s.append(svg("path", {d: "M8 2.5a5.5 5.5 0 0 1 0 11z", fill: "currentColor"}));
    return s;
}

/* ---- words ---- */

function pad(n, width) { return String(n).padStart(width || 2, "0"); }
function time(ticks) {
    var s = ticks / TICKS;
    if (s < 0.01) return (s * 1000).toFixed(1) + " ms";
    if (s < 1) return (s * 1000).toFixed(0) + " ms";
    if (s < 10) return s.toFixed(2) + " s";
    if (s < 60) return s.toFixed(1) + " s";
    s = Math.round(s);
    if (s < 3600) return Math.floor(s / 60) + " min " + pad(s % 60) + " s";
    return Math.floor(s / 3600) + " h " + pad(Math.floor(s % 3600 / 60)) + " min";
}
function percent(part, whole) {
    if (!(whole > 0)) return "";
    var p = 100 * part / whole;
    return (p >= 9.95 ? p.toFixed(0) : p.toFixed(1)) + " %";
}
function count(n) { return n.toLocaleString("en").replace(/,/g, "\u202f"); }
function plural(n, word) { return count(n) + " " + word + (n === 1 ? "" : "s"); }

/* ---- model ---- */

var body = document.body;
var table = document.querySelector("table");
var logs = table.nextElementSibling;
var pictures = new Map();
document.querySelectorAll("figure").forEach(function (figure) { pictures.set(+figure.dataset.x, figure); });
var n = table.rows.length - 1;
var rows = new Array(n);
var parent = new Int32Array(n), end = new Int32Array(n), depth = new Uint16Array(n);
var start = new Float64Array(n), dur = new Float64Array(n);
var res = new Uint8Array(n), kids = new Int32Array(n), own = new Uint8Array(n);
var nth = new Int32Array(n);
var logAt = new Int32Array(n), logLines = new Int32Array(n), placeOf = new Float64Array(n), idOf = new Float64Array(n);
var span = 0, first = 0;

function readRows() {
    var place = new Map(), up = new Float64Array(n);
    var raw = new Array(n), head = new Int32Array(n + 1).fill(-1), next = new Int32Array(n).fill(-1);
    var i = 0, logCount = 0, tr = table.rows[0].nextElementSibling;
    var rawStart = new Float64Array(n), rawDur = new Float64Array(n), rawPlace = new Float64Array(n), rawId = new Float64Array(n), rawLog = new Int32Array(n);

    for (; tr; tr = tr.nextElementSibling, i++) {
        var x = tr.getAttribute("data-x").split(" ");
        raw[i] = tr;
        rawPlace[i] = +x[0];
        place.set(rawPlace[i], i);
        up[i] = +x[1];
        rawId[i] = +x[2];
        rawStart[i] = +x[3];
        rawDur[i] = +x[4];
        rawLog[i] = tr.hasAttribute("data-g") ? logCount++ : -1;
    }
    for (i = n - 1; i >= 0; i--) {
        var q = place.get(up[i]);
        if (q === undefined) q = n;
        next[i] = head[q];
        head[q] = i;
    }
    var stack = [], k = 0;
    i = head[n];
    for (;;) {
        if (i < 0) {
            if (stack.length === 0) break;
            var done = stack.pop();
            end[done.k] = k;
            i = next[done.i];
            continue;
        }
        var row = raw[i], up1 = stack.length ? stack[stack.length - 1].k : -1;
        rows[k] = row;
        parent[k] = up1;
        depth[k] = stack.length;
        start[k] = rawStart[i];
        dur[k] = rawDur[i];
        idOf[k] = rawId[i];
        res[k] = Math.max(0, CLASSES.indexOf(row.className));
        logAt[k] = rawLog[i];
        logLines[k] = rawLog[i] < 0 ? 0 : +row.getAttribute("data-g");
        placeOf[k] = rawPlace[i];
        if (up1 >= 0) kids[up1]++;
        stack.push({k: k, i: i});
        k++;
        i = head[i];
    }
    n = k;
    first = Infinity;
    var last = 0;
    for (k = 0; k < n; k++) {
        first = Math.min(first, start[k]);
        last = Math.max(last, start[k] + dur[k]);
    }
    if (n === 0) first = 0;
    span = Math.max(1, last - first);
    /* What counts: leaves, and containers that failed by themselves. */
    var blamed = new Uint8Array(n);
    for (k = n - 1; k >= 0; k--) {
        own[k] = kids[k] === 0 || (res[k] === FAIL && !blamed[k]) ? 1 : 0;
        if (res[k] === FAIL && parent[k] >= 0) blamed[parent[k]] = 1;
    }
    for (k = 0; k < n; k++) if (kids[k] > 1) numberIterations(k);
}
/* Executions of one looped item have one id: number them. */
function numberIterations(k) {
    var seen = new Map();
    for (var c = k + 1; c < end[k]; c = end[c]) {
        var id = idOf[c], before = seen.get(id);
        seen.set(id, c);
        if (before === undefined) continue;
        if (!nth[before]) nth[before] = 1;
        nth[c] = nth[before] + 1;
    }
}

function nameOf(k) { return rows[k].firstElementChild.textContent; }
function messageOf(k) { return rows[k].firstElementChild.nextElementSibling.textContent; }
function resultOf(k) { return rows[k].lastElementChild.textContent; }
/* A message that only repeats the result says nothing. */
function saysMore(k) { var m = messageOf(k); return m !== resultOf(k) && m !== ""; }
function logOf(k) {
    var h3 = logs.getElementsByTagName("h3")[logAt[k]], lines = [];
    for (var p = h3.nextElementSibling; p && p.tagName === "P"; p = p.nextElementSibling) lines.push(p.textContent);
    return lines;
}
function ancestors(k, visit) { for (k = parent[k]; k >= 0; k = parent[k]) visit(k); }

/* ---- state ---- */

var folded = new Uint8Array(n);
var foldedFilter = null;
var shown = null;
var vis = new Int32Array(n), visCount = 0;
var where = new Int32Array(n).fill(-1);
var opened = new Map();
var openList = [];
var cur = -1;
var resultFilter = -1, words = [], inLogs = false;
var t0 = 0, t1 = 1;
var tallies = [0, 0, 0, 0];

function foldOf() { return foldedFilter || folded; }

function startFolded() {
    var k, fails = 0;
    if (n <= 400) return;
    for (k = 0; k < n; k++) if (kids[k] > 0 && depth[k] > 0) folded[k] = 1;
    for (k = 0; k < n && fails < 100; k++) {
        if (!own[k] || res[k] !== FAIL) continue;
        fails++;
        ancestors(k, function (a) { folded[a] = 0; });
    }
}

var haystacks = null, logstacks = null;
function matchesWords(k) {
    var hay = haystacks[k];
    if (hay === undefined) {
        var row = rows[k];
        hay = haystacks[k] = (nameOf(k) + "\n" + messageOf(k) + "\n" + row.getAttribute("data-y") + "\n" +
            (row.getAttribute("data-k") || "") + "\n" + (row.getAttribute("data-v") || "")).toLowerCase();
    }
    for (var i = 0; i < words.length; i++) {
        if (hay.indexOf(words[i]) >= 0) continue;
        if (!inLogs || logAt[k] < 0) return false;
        if (logstacks[k] === undefined) logstacks[k] = logOf(k).join("\n").toLowerCase();
        if (logstacks[k].indexOf(words[i]) < 0) return false;
    }
    return true;
}

function applyFilter() {
    var k, hits = 0;
    if (resultFilter < 0 && words.length === 0) {
        shown = null;
        foldedFilter = null;
    } else {
        haystacks = haystacks || new Array(n);
        logstacks = logstacks || new Array(n);
        shown = new Uint8Array(n);
        foldedFilter = new Uint8Array(n);
        for (k = n - 1; k >= 0; k--) {
            var good = (resultFilter < 0 || (own[k] && res[k] === resultFilter)) && (words.length === 0 || matchesWords(k));
            if (good) { shown[k] = 1; hits++; }
            if (shown[k] && parent[k] >= 0 && !shown[parent[k]]) shown[parent[k]] = 2;
        }
    }
    ui.hits.textContent = shown ? count(hits) + (hits === 1 ? " match" : " matches") : "";
    listRows();
    if (cur >= 0 && where[cur] < 0) cur = visCount ? vis[0] : -1;
}

function listRows() {
    var fold = foldOf(), k = 0;
    where.fill(-1);
    visCount = 0;
    while (k < n) {
        if (shown && !shown[k]) { k = end[k]; continue; }
        where[k] = visCount;
        vis[visCount++] = k;
        k = fold[k] ? end[k] : k + 1;
    }
    openList = [];
    opened.forEach(function (height, key) { if (where[key] >= 0) openList.push(where[key]); });
    openList.sort(function (a, b) { return a - b; });
}

/* ---- geometry of the list ---- */

function topOf(i) {
    var y = i * ROW;
    for (var j = 0; j < openList.length && openList[j] < i; j++) y += opened.get(vis[openList[j]]);
    return y;
}
function rowAt(y) {
    var extra = 0;
    for (var j = 0; j < openList.length; j++) {
        var line = openList[j];
        var bottom = (line + 1) * ROW + extra;
        if (y < bottom) break;
        var height = opened.get(vis[line]);
        if (y < bottom + height) return line;
        extra += height;
    }
    return Math.max(0, Math.min(visCount - 1, Math.floor((y - extra) / ROW)));
}

/* ---- rows in view ---- */

var ui = {};
var drawn = new Map();
var panels = new Map();

function marked(text) {
    var f = document.createDocumentFragment();
    if (words.length === 0) { f.append(text); return f; }
    var low = text.toLowerCase(), at = 0;
    if (low.length !== text.length) { f.append(text); return f; }
    for (;;) {
        var best = -1, length = 0;
        for (var i = 0; i < words.length; i++) {
            var found = low.indexOf(words[i], at);
            if (found >= 0 && (best < 0 || found < best)) { best = found; length = words[i].length; }
        }
        if (best < 0) break;
        f.append(text.slice(at, best), el("mark", {text: text.slice(best, best + length)}));
        at = best + length;
    }
    f.append(text.slice(at));
    return f;
}

function barOf(k) {
    var left = (start[k] - first - t0) / (t1 - t0), width = dur[k] / (t1 - t0);
    if (left > 1 || left + width < 0) return null;
    return el("i", {style: "left:min(" + (left * 100).toFixed(3) + "%,100% - 3px);width:" + (width * 100).toFixed(3) + "%"});
}

function drawRow(k) {
    var fold = foldOf()[k], has = kids[k] > 0, c = CLASSES[res[k]];
    var message = saysMore(k) ? messageOf(k) : "";
    var oneLine = message.replace(/\s+/g, " ");
    var name = nameOf(k);
    var nm = el("div", {"class": "nm", role: "gridcell"});
    if (depth[k]) nm.append(el("span", {"class": "in", style: "width:calc(var(--in) * " + Math.min(depth[k], 10 + Math.max(0, depth[k] - 10) / 5) + ")"}));
    var tw = el("span", {"class": "tw"});
    if (has) {
        var s = svg("svg", {viewBox: "0 0 16 16"});
        s.append(svg("path", {d: PATHS.more, fill: "none", stroke: "currentColor", "stroke-width": "2.4", "stroke-linecap": "round", "stroke-linejoin": "round"}));
        tw.append(s);
    }
    var state = icon(c);
    state.classList.add(c + "-c");
    var t = el("span", {"class": "t", title: name});
    t.append(name === "" ? el("span", {"class": "kid", text: "(no name)"}) : marked(name));
    nm.append(tw, state, t);
    if (nth[k]) nm.append(el("span", {"class": "kid", title: "Execution " + nth[k] + " of this step", text: "#" + nth[k]}));
    if (has && fold) nm.append(el("span", {"class": "kid kids", text: count(kids[k])}));
    if (message && res[k] !== PASS) {
        var m2 = el("span", {"class": "msg2"});
        m2.append(marked(oneLine.slice(0, 300)));
        nm.append(m2);
    }
    var ms = el("div", {"class": "ms", role: "gridcell", title: message.slice(0, 2000)});
    ms.append(marked(oneLine.slice(0, 500)));
    var whole = parent[k] >= 0 ? dur[parent[k]] : span;
    var share = whole > 0 ? Math.min(1, dur[k] / whole) : 0;
    var row = el("div", {"class": "r " + c + (has ? " has" : "") + (has && !fold ? " open" : "") + (k === cur ? " cur" : "") +
        (shown && shown[k] === 2 ? " dim" : ""), role: "row", id: "r" + k, "aria-level": depth[k] + 1,
        "aria-selected": k === cur ? "true" : "false", "aria-expanded": has ? String(!fold) : null}, nm, ms,
        el("div", {"class": "tl", role: "gridcell"}, barOf(k)),
        el("div", {"class": "num du", role: "gridcell", title: percent(dur[k], whole) + (parent[k] >= 0 ? " of its parent" : ""), text: time(dur[k])},
            share >= 0.02 && el("i", {style: "width:" + (share * 100).toFixed(1) + "%"})),
        el("div", {"class": "num res " + c + "-c", role: "gridcell", text: resultOf(k)}));
    row.style.transform = "translateY(" + topOf(where[k]) + "px)";
    row.tumRow = k;
    return row;
}

function draw() {
    var rect = ui.body.getBoundingClientRect(), more = 12;
    var total = topOf(visCount);
    ui.body.style.height = Math.max(total, 1) + "px";
    ui.none.hidden = visCount > 0;
    var from = visCount ? Math.max(0, rowAt(Math.max(0, -rect.top)) - more) : 0;
    var to = visCount ? Math.min(visCount, rowAt(Math.max(0, innerHeight - rect.top)) + more) : 0;
    var keep = new Map(), i, k;
    for (i = from; i < to; i++) {
        k = vis[i];
        var row = drawn.get(k);
        if (!row) { row = drawRow(k); ui.body.append(row); }
        else { drawn.delete(k); row.style.transform = "translateY(" + topOf(i) + "px)"; }
        keep.set(k, row);
        if (opened.has(k)) drawPanel(k, i);
    }
    drawn.forEach(function (row) { row.remove(); });
    drawn = keep;
    panels.forEach(function (panel, key) {
        var at = where[key];
        if (!opened.has(key) || at < from || at >= to) { panel.remove(); panels.delete(key); }
    });
}

var asked = false;
function soon() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(function () { asked = false; draw(); });
}
function redraw() {
    drawn.forEach(function (row) { row.remove(); });
    drawn = new Map();
    draw();
}

/* ---- what a row has to say ---- */

function copyButton(text) {
    return el("button", {"class": "small", text: "Copy", click: function (event) {
        var b = event.target;
        function said(word) { b.textContent = word; setTimeout(function () { b.textContent = "Copy"; }, 1200); }
        if (navigator.clipboard) navigator.clipboard.writeText(text()).then(function () { said("Copied"); }, function () { said("Not allowed"); });
        else said("Not allowed");
    }});
}
function colourJson(text) {
    var pre = el("pre", {}), re = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null|NaN|-?Infinity)\b/g, at = 0, m;
    while ((m = re.exec(text))) {
        pre.append(text.slice(at, m.index));
        pre.append(el("span", {"class": m[1] ? (m[2] ? "jk" : "js1") : /^[tfnNI]/.test(m[0]) ? "jb" : "jn", text: m[1] || m[0]}), m[2] || "");
        at = m.index + m[0].length;
    }
    pre.append(text.slice(at));
    return pre;
}
/* Indents without parsing numbers: big integers and NaN stay what they are. */
function indentJson(text) {
    var out = "", level = 0, i = 0, c, m;
    function line() { out += "\n" + "  ".repeat(level); }
    for (; i < text.length; i++) {
        c = text[i];
        if (c === '"') {
            m = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(i, i + 200000));
            if (!m) return text;
            out += m[0].replace(/\\u([0-9a-f]{4})/gi, function (all, hex) {
                var code = parseInt(hex, 16);
                return code < 0xa0 ? all : String.fromCharCode(code);
            });
            i += m[0].length - 1;
        } else if ((c === "{" || c === "[") && (text[i + 1] === "}" || text[i + 1] === "]")) {
            out += c + text[++i];
        } else if (c === "{" || c === "[") { out += c; level++; line(); }
        else if (c === "}" || c === "]") { level--; line(); out += c; }
        else if (c === ",") { out += c; if (text[i + 1] === " ") i++; line(); }
        else out += c;
    }
    return out;
}
function wallClock(k) {
    var d = /^(\d+)-(\d+)-(\d+)$/.exec(body.dataset.date || ""), t = /^(\d+):(\d+):(\d+)$/.exec(body.dataset.time || "");
    if (!d || !t) return "";
    var when = new Date(Date.UTC(+d[1], d[2] - 1, +d[3], +t[1], +t[2], +t[3]) + start[k] / 10);
    return pad(when.getUTCHours()) + ":" + pad(when.getUTCMinutes()) + ":" + pad(when.getUTCSeconds()) + "." + pad(when.getUTCMilliseconds(), 3);
}
function fact(list, name, value) { if (value) list.append(el("div", {}, el("dt", {text: name}), el("dd", {text: value}))); }

function makePanel(k) {
    var row = rows[k], list = el("dl", {}), data = row.getAttribute("data-v"), key = row.getAttribute("data-k");
    var panel = el("div", {"class": "panel"}, list);
    fact(list, "Type", row.getAttribute("data-y"));
    fact(list, "Key", key === "" ? "(empty)" : key);
    fact(list, "Started", "+ " + (start[k] / TICKS).toFixed(4) + " s" + (wallClock(k) ? "  (" + wallClock(k) + ")" : ""));
    fact(list, "Took", (dur[k] / TICKS).toFixed(4) + " s");
    if (parent[k] >= 0) fact(list, "Share of parent", percent(dur[k], dur[parent[k]]));
    fact(list, "Share of run", percent(dur[k], span));
    if (kids[k]) fact(list, "Steps below", count(end[k] - k - 1));
    if (saysMore(k)) {
        var message = el("pre", {"class": "msg " + CLASSES[res[k]]});
        message.append(marked(messageOf(k)));
        panel.append(el("h5", {text: "Message"}), message);
    }
    if (data) {
        var pretty = indentJson(data);
        panel.append(el("h5", {}, "Data", copyButton(function () { return data; })), colourJson(pretty));
    }
    if (pictures.has(placeOf[k])) panel.append(el("h5", {text: "Picture"}), pictures.get(placeOf[k]).querySelector("img").cloneNode());
    if (logAt[k] >= 0) {
        var lines = logOf(k), pre = el("pre", {});
        pre.append(marked(lines.join("\n")));
        panel.append(el("h5", {}, "Log \u00b7 " + plural(lines.length, "line"), copyButton(function () { return lines.join("\n"); }),
            el("button", {"class": "small", text: "Wrap", click: function () { pre.classList.toggle("nowrap"); }})), pre);
    }
    if (kids[k]) {
        panel.append(el("h5", {}, el("button", {"class": "small", text: "Show only its time", click: function () { zoom(start[k] - first, start[k] - first + dur[k]); }}),
            el("button", {"class": "small", text: "Unfold all below", click: function () { foldBelow(k, 0); }}),
            el("button", {"class": "small", text: "Fold all below", click: function () { foldBelow(k, 1); }})));
    }
    return panel;
}
function drawPanel(k, i) {
    var panel = panels.get(k);
    if (!panel) {
        panel = makePanel(k);
        ui.body.append(panel);
        panels.set(k, panel);
        new ResizeObserver(function () {
            if (panel.isConnected && opened.has(k) && panel.offsetHeight && panel.offsetHeight !== opened.get(k)) {
                opened.set(k, panel.offsetHeight);
                soon();
            }
        }).observe(panel);
        if (panel.offsetHeight !== opened.get(k)) { opened.set(k, panel.offsetHeight); soon(); }
    }
    panel.style.transform = "translateY(" + (topOf(i) + ROW) + "px)";
}

/* ---- doing ---- */

function refresh() { listRows(); redraw(); }
function setFold(k, value) { foldOf()[k] = value; refresh(); }
function foldBelow(k, value) {
    var fold = foldOf();
    for (var j = k + 1; j < end[k]; j++) if (kids[j]) fold[j] = value;
    fold[k] = 0;
    refresh();
}
function foldAll(value) {
    var fold = foldOf();
    for (var k = 0; k < n; k++) if (kids[k]) fold[k] = value && depth[k] > 0 ? 1 : 0;
    if (cur >= 0) { var k2 = cur; ancestors(cur, function (a) { if (fold[a]) k2 = a; }); cur = k2; }
    refresh();
}
function toggleOpen(k) {
    if (opened.has(k)) opened.delete(k); else opened.set(k, 120);
    refresh();
}
function stickyHeight() { return ui.bar.offsetHeight + ui.cols.offsetHeight; }
function intoView(k, centre) {
    var y = ui.body.getBoundingClientRect().top + topOf(where[k]), head = stickyHeight() + 4;
    if (centre && (y < head + 60 || y > innerHeight - 160)) scrollBy(0, y - head - (innerHeight - head) / 3);
    else if (y < head) scrollBy(0, y - head);
    else if (y + ROW > innerHeight - 8) scrollBy(0, y + ROW - innerHeight + 8);
}
function select(k, centre) {
    var was = cur;
    cur = k;
    [was, k].forEach(function (j) {
        var row = drawn.get(j);
        if (!row) return;
        row.classList.toggle("cur", j === cur);
        row.setAttribute("aria-selected", String(j === cur));
    });
    intoView(k, centre);
    draw();
    ui.body.setAttribute("aria-activedescendant", "r" + k);
    try { history.replaceState(null, "", "#row" + placeOf[k]); } catch (e) { /* not in every frame */ }
}
function reveal(k, open) {
    if (shown && !shown[k]) { clearFilters(); }
    var fold = foldOf();
    ancestors(k, function (a) { fold[a] = 0; });
    if (open && !opened.has(k)) opened.set(k, 120);
    refresh();
    select(k, true);
    ui.body.focus({preventScroll: true});
}
function clearFilters() {
    resultFilter = -1;
    words = [];
    ui.input.value = "";
    pressSegments();
    applyFilter();
}
function pressSegments() {
    ui.segs.forEach(function (b) { b.setAttribute("aria-pressed", String(+b.dataset.f === resultFilter)); });
}
function setResult(f) {
    resultFilter = f;
    pressSegments();
    applyFilter();
    redraw();
}
function nextFail(step) {
    for (var i = 1, k = cur; i <= n; i++) {
        k = (k + step + n) % n;
        if (own[k] && res[k] === FAIL) { reveal(k, true); return; }
    }
}

/* ---- time ---- */

function zoom(a, b) {
    t0 = Math.max(0, Math.min(a, span - 1));
    t1 = Math.min(span, Math.max(b, t0 + 10));
    ui.unzoom.hidden = t0 <= 0 && t1 >= span;
    drawAxis();
    drawOverview();
    redraw();
}
function niceStep(range, steps) {
    var raw = range / steps, unit = TICKS, list = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5,
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];
    for (var i = 0; i < list.length; i++) if (list[i] * unit >= raw) return list[i] * unit;
    return Math.ceil(raw / (86400 * unit)) * 86400 * unit;
}
function axisText(t, step) {
    var s = t / TICKS;
    if (step >= 3600 * TICKS) return Math.round(s / 3600) + " h";
    if (step >= 60 * TICKS) return (s >= 3600 ? Math.floor(s / 3600) + ":" + pad(Math.round(s % 3600 / 60)) + " h" : Math.round(s / 60) + " min");
    if (s >= 60 && step >= TICKS) return Math.floor(s / 60) + ":" + pad(Math.round(s % 60));
    if (step >= TICKS) return Math.round(s) + " s";
    if (s < 1 && step < 0.1 * TICKS) return (s * 1000).toFixed(step < 10 ? 1 : 0) + " ms";
    return s.toFixed(step < 0.01 * TICKS ? 3 : step < 0.1 * TICKS ? 2 : 1) + " s";
}
function drawAxis() {
    var width = ui.ax.clientWidth, left = ui.ax.offsetLeft;
    ui.ax.textContent = "";
    ui.grid.textContent = "";
    ui.grid.style.left = left + "px";
    ui.grid.style.width = width + "px";
    if (width < 40) return;
    var step = niceStep(t1 - t0, width / 74);
    for (var t = Math.ceil(t0 / step) * step; t < t1; t += step) {
        var x = ((t - t0) / (t1 - t0) * 100).toFixed(3) + "%";
        ui.ax.append(el("i", {style: "left:" + x, text: (t1 - t) / (t1 - t0) * width > 46 ? axisText(t, step) : ""}));
        ui.grid.append(el("i", {style: "left:" + x}));
    }
}

/* ---- the whole run at a glance ----
   Rows as boxes, time to the right, children below their parent; what ran at the same time
   gets tracks of its own. */

var lane = new Int32Array(n), lanes = 1, byLane = null;

function layOutLanes() {
    var height = new Int32Array(n), offset = new Int32Array(n), track = new Int32Array(n);
    function pack(from, to) {
        var ends = [], heights = [], c, t;
        for (c = from; c < to; c = end[c]) {
            for (t = 0; t < ends.length && t < 63; t++) if (ends[t] <= start[c] + 1) break;
            if (t === ends.length) { ends.push(0); heights.push(0); }
            ends[t] = Math.max(ends[t], start[c] + dur[c]);
            heights[t] = Math.max(heights[t], height[c]);
            track[c] = t;
        }
        var sums = [], sum = 0;
        for (t = 0; t < heights.length; t++) { sums.push(sum); sum += heights[t]; }
        for (c = from; c < to; c = end[c]) offset[c] = sums[track[c]];
        return sum;
    }
    for (var k = n - 1; k >= 0; k--) height[k] = 1 + (kids[k] ? pack(k + 1, end[k]) : 0);
    lanes = Math.max(1, pack(0, n));
    for (k = 0; k < n; k++) lane[k] = offset[k] + (parent[k] >= 0 ? lane[parent[k]] + 1 : 0);
    byLane = [];
    for (k = 0; k < n; k++) (byLane[lane[k]] = byLane[lane[k]] || []).push(k);
    byLane.forEach(function (list) { list.sort(function (a, b) { return start[a] - start[b]; }); });
}

function clipped(g, text, width) {
    if (g.measureText(text).width <= width) return text;
    while (text && g.measureText(text + "\u2026").width > width) text = text.slice(0, -1);
    return text.length > 1 ? text + "\u2026" : "";
}

function drawOverview() {
    var canvas = ui.canvas, width = canvas.clientWidth, ratio = window.devicePixelRatio || 1;
    if (width < 10 || n === 0) return;
    var step = Math.max(2, Math.min(17, Math.floor(176 / lanes)));
    var height = Math.min(lanes * step, 240) + 1;
    canvas.style.height = height + "px";
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    var g = canvas.getContext("2d"), css = getComputedStyle(document.documentElement);
    var bars = CLASSES.map(function (c) { return css.getPropertyValue("--" + c + "-bar"); });
    var soft = CLASSES.map(function (c) { return css.getPropertyValue("--" + c + "-bg"); });
    var ink = CLASSES.map(function (c) { return css.getPropertyValue("--" + c); });
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    ui.step = step;
    var painted = new Float64Array(lanes * 4).fill(-1), scale = width / span, gap = step > 4 ? 1 : 0;
    /* A failure is always seen; what was skipped does not cover what has passed. */
    var least = [1, 2, 0.1, 0.1];
    [PASS, OTHER, SKIP, FAIL].forEach(function (kind) {
        for (var l = 0; l < byLane.length; l++) {
            var list = byLane[l] || [];
            for (var i = 0; i < list.length; i++) {
                var k = list[i];
                if (res[k] !== kind) continue;
                var x = (start[k] - first) * scale, w = Math.max(dur[k] * scale, least[kind]);
                if (x + w <= painted[l * 4 + kind]) continue;
                painted[l * 4 + kind] = w < 1 ? x + w : Math.ceil((x + w) * ratio) / ratio;
                g.fillStyle = kids[k] ? soft[kind] : bars[kind];
                var inner = w > 3 ? 0.6 : 0;
                if (step >= 8 && w > 5 && g.roundRect) {
                    g.beginPath();
                    g.roundRect(x, l * step, w - inner, step - gap, 2.5);
                    g.fill();
                } else {
                    g.fillRect(x, l * step, w - inner, step - gap);
                }
                if (step >= 14 && w > 46 && kids[k]) {
                    g.fillStyle = ink[kind];
                    g.font = "600 10.5px " + getComputedStyle(body).fontFamily;
                    g.textBaseline = "middle";
                    g.fillText(clipped(g, nameOf(k).slice(0, 80), w - 14), x + 6, l * step + step / 2);
                }
            }
        }
    });
    if (t0 > 0 || t1 < span) {
        g.fillStyle = css.getPropertyValue("--card");
        g.globalAlpha = 0.72;
        g.fillRect(0, 0, t0 * scale, height);
        g.fillRect(t1 * scale, 0, width - t1 * scale, height);
        g.globalAlpha = 1;
        g.fillStyle = css.getPropertyValue("--accent");
        g.fillRect(t0 * scale - 1, 0, 2, height);
        g.fillRect(t1 * scale - 1, 0, 2, height);
    }
}
function hitOverview(x, y) {
    var list = byLane[Math.floor(y / ui.step)], t = first + x / ui.canvas.clientWidth * span, slack = span / ui.canvas.clientWidth * 2;
    if (!list) return -1;
    var lo = 0, hi = list.length - 1;
    while (lo < hi) { var mid = (lo + hi + 1) >> 1; if (start[list[mid]] <= t + slack) lo = mid; else hi = mid - 1; }
    var k = list[lo];
    return t >= start[k] - slack && t <= start[k] + dur[k] + slack ? k : -1;
}
function tip(event, k) {
    if (k < 0) { ui.tip.hidden = true; return; }
    ui.tip.textContent = "";
    ui.tip.append(el("b", {text: nameOf(k) || "(no name)"}), el("span", {"class": CLASSES[res[k]] + "-c", text: resultOf(k)}),
        el("span", {text: " \u00b7 " + time(dur[k]) + " \u00b7 from " + time(start[k]) + " \u00b7 " + rows[k].getAttribute("data-y")}));
    ui.tip.hidden = false;
    var x = Math.min(event.clientX + 14, innerWidth - ui.tip.offsetWidth - 8);
    ui.tip.style.left = x + "px";
    ui.tip.style.top = (event.clientY + ui.tip.offsetHeight + 24 > innerHeight ? event.clientY - ui.tip.offsetHeight - 10 : event.clientY + 16) + "px";
}
function listenOverview() {
    var from = null;
    function x(event) { return Math.max(0, Math.min(ui.canvas.clientWidth, event.clientX - ui.canvas.getBoundingClientRect().left)); }
    function y(event) { return event.clientY - ui.canvas.getBoundingClientRect().top; }
    function toTime(px) { return px / ui.canvas.clientWidth * span; }
    ui.canvas.addEventListener("pointerdown", function (event) {
        from = x(event);
        ui.canvas.setPointerCapture(event.pointerId);
    });
    ui.canvas.addEventListener("pointermove", function (event) {
        tip(event, hitOverview(x(event), y(event)));
        if (from !== null && Math.abs(x(event) - from) > 4) zoom(toTime(Math.min(from, x(event))), toTime(Math.max(from, x(event))));
    });
    ui.canvas.addEventListener("pointerup", function (event) {
        var k = hitOverview(x(event), y(event));
        if (from !== null && Math.abs(x(event) - from) <= 4 && k >= 0) reveal(k, false);
        from = null;
    });
    ui.canvas.addEventListener("pointerleave", function () { ui.tip.hidden = true; });
    ui.canvas.addEventListener("dblclick", function () { zoom(0, span); });
}

/* ---- the parts of the page ---- */

function pill(kind, text) { return el("span", {"class": "pill " + CLASSES[kind] + "-c"}, icon(CLASSES[kind]), text); }

function makeTitle() {
    var h1 = document.querySelector("h1"), result = body.dataset.result, kind;
    if (!result && n > 0 && end[0] === n) result = resultOf(0);
    if (result) {
        kind = Math.max(["PASS", "FAIL", "SKIP"].indexOf(result), -1);
        h1.append(pill(kind < 0 ? OTHER : kind, result));
    }
    h1.append(el("span", {"class": "grow"}));
    h1.append(el("button", {"class": "iconbtn", title: "Light or dark (t)", "aria-label": "Light or dark", click: switchTheme}, icon("theme")));
    h1.append(el("button", {"class": "iconbtn", title: "Keys (?)", "aria-label": "Keys", click: help}, icon("help")));
}
/* Label and value stay together when the line breaks. */
function pairConditions(box) {
    box.querySelectorAll("h3").forEach(function (h3) {
        var pair = el("div", {}), value = h3.nextElementSibling;
        h3.before(pair);
        pair.append(h3, value);
    });
}
function isDark() {
    var forced = document.documentElement.getAttribute("data-theme");
    return forced ? forced === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
function switchTheme() {
    var theme = isDark() ? "light" : "dark";
    document.documentElement.setAttribute("data-theme", theme);
    try { localStorage.setItem("tum-report-theme", theme); } catch (e) { /* private window */ }
    drawOverview();
}

function makeRing(total) {
    var s = svg("svg", {"class": "ring", viewBox: "0 0 104 104", role: "img"}), r = 45, round = 2 * Math.PI * r, at = 0;
    s.append(svg("circle", {cx: 52, cy: 52, r: r, stroke: "var(--line2)"}));
    [FAIL, SKIP, OTHER, PASS].forEach(function (kind) {
        var part = total ? tallies[kind] / total * round : 0;
        if (part <= 0) return;
        var least = Math.max(part, 3), gap = part < round - 3 ? 1.5 : 0;
        s.append(svg("circle", {cx: 52, cy: 52, r: r, stroke: "var(--" + CLASSES[kind] + "-bar)", "stroke-dasharray": Math.max(least - gap, 1) + " " + round,
            "stroke-dashoffset": -at, transform: "rotate(-90 52 52)"}));
        at += part;
    });
    var big = svg("text", {x: 52, y: 56, "class": "rt"}), small = svg("text", {x: 52, y: 71, "class": "rs"});
    var share = total ? 100 * tallies[PASS] / total : 0;
    big.textContent = total ? (share === 100 || share === 0 ? share : Math.min(99.9, share).toFixed(share > 99 ? 1 : 0)) + " %" : "\u2013";
    if (big.textContent.length > 5) big.setAttribute("style", "font-size:17px");
    small.textContent = "passed";
    s.append(big, small);
    return s;
}
function jump(k, extra) {
    var state = icon(CLASSES[res[k]]);
    state.classList.add(CLASSES[res[k]] + "-c");
    return el("li", {}, el("button", {title: path(k), click: function () { reveal(k, true); }}, state,
        el("span", {"class": "n", text: (nameOf(k) || "(no name)") + (nth[k] ? "  #" + nth[k] : "")}), el("span", {"class": "d", text: time(dur[k])}), extra));
}
function path(k) {
    var names = [nameOf(k)];
    ancestors(k, function (a) { names.unshift(nameOf(a)); });
    return names.join(" \u203a ");
}
function makeSummary() {
    var total = 0, k, failed = [], slow = [];
    for (k = 0; k < n; k++) {
        if (!own[k]) continue;
        total++;
        tallies[res[k]]++;
        if (res[k] === FAIL && failed.length < LIST_LIMIT) failed.push(k);
        if (kids[k] === 0 && (slow.length < 5 || dur[k] > dur[slow[4]])) {
            slow.push(k);
            slow.sort(function (a, b) { return dur[b] - dur[a]; });
            slow.length = Math.min(slow.length, 5);
        }
    }
    var legend = el("ul", {"class": "legend"});
    [PASS, FAIL, SKIP, OTHER].forEach(function (kind) {
        if (kind === OTHER && !tallies[kind]) return;
        legend.append(el("li", {}, el("i", {"class": "dot " + CLASSES[kind]}), el("b", {text: count(tallies[kind])}), el("span", {text: WORDS[kind].toLowerCase()})));
    });
    var figures = el("div", {"class": "card"}, el("div", {"class": "figures"}, makeRing(total), legend));
    if (n) figures.append(el("div", {"class": "total"}, el("b", {text: time(span)}), " for ", el("b", {text: plural(total, "step")}),
        n > total ? " in " + plural(n - total, "group") : ""));
    var fails = el("div", {"class": "card"}, el("h4", {}, el("b", {text: tallies[FAIL] ? "Failures" : "No failures"}), tallies[FAIL] ? count(tallies[FAIL]) : ""));
    if (failed.length) {
        var list = el("ul", {"class": "jumps"});
        failed.forEach(function (f) { list.append(jump(f, saysMore(f) && el("span", {"class": "m", text: messageOf(f).replace(/\s+/g, " ").slice(0, 240)}))); });
        fails.append(list);
    } else {
        fails.append(el("div", {"class": "calm", text: total === 0 ? "The report has no rows." :
            tallies[SKIP] ? "Everything that ran has passed; " + plural(tallies[SKIP], "step") + " did not run." : "Everything that ran has passed."}));
    }
    var slowest = el("div", {"class": "card slow"}, el("h4", {}, el("b", {text: "Slowest steps"})));
    var slowList = el("ul", {"class": "jumps"});
    slow.forEach(function (s) {
        slowList.append(jump(s, el("span", {"class": "bar"}, el("i", {style: "width:" + (100 * dur[s] / (dur[slow[0]] || 1)).toFixed(2) + "%"}))));
    });
    slowest.append(slowList);
    return el("section", {"class": "sum", "aria-label": "Summary"}, figures, fails, slowest);
}
function makeOverview() {
    ui.canvas = el("canvas", {"aria-label": "Time line of the run", role: "img"});
    ui.unzoom = el("button", {"class": "small", text: "Whole run", hidden: "", click: function () { zoom(0, span); }});
    return el("section", {"class": "card over"}, el("h4", {}, "Run at a glance", el("span", {text: "click a box to go there, drag to zoom the time line"}), ui.unzoom), ui.canvas);
}
function makeTree() {
    ui.segs = [];
    var seg = el("div", {"class": "seg", role: "group", "aria-label": "Results"});
    [[-1, "All"], [FAIL, "Failed"], [SKIP, "Skipped"], [PASS, "Passed"]].forEach(function (f) {
        var total = f[0] < 0 ? tallies[0] + tallies[1] + tallies[2] + tallies[3] : tallies[f[0]];
        var b = el("button", {"aria-pressed": String(f[0] === resultFilter), "data-f": f[0], click: function () { setResult(f[0]); }}, f[1], el("small", {text: count(total)}));
        ui.segs.push(b);
        seg.append(b);
    });
    var later = 0;
    function changed() {
        clearTimeout(later);
        later = setTimeout(function () {
            words = ui.input.value.toLowerCase().split(/\s+/).filter(Boolean);
            inLogs = ui.inLogs.checked;
            panels.forEach(function (p) { p.remove(); });
            panels.clear();
            applyFilter();
            redraw();
        }, n > 5000 ? 180 : 40);
    }
    ui.input = el("input", {type: "search", placeholder: "Find in names, messages, keys, data", "aria-label": "Find", input: changed, keydown: function (event) {
        if (event.key === "Escape") { clearFilters(); redraw(); ui.body.focus(); }
        if ((event.key === "Enter" || event.key === "ArrowDown") && visCount) { event.preventDefault(); ui.body.focus(); select(firstHit(), true); }
        event.stopPropagation();
    }});
    ui.inLogs = el("input", {type: "checkbox", change: changed});
    var hasLogs = logs.getElementsByTagName("h3").length > 0;
    var find = el("div", {"class": "find"}, icon("find"), ui.input, hasLogs && el("label", {title: "Search the logs too"}, ui.inLogs, "logs"));
    ui.hits = el("span", {"class": "hits", "aria-live": "polite"});
    ui.bar = el("div", {"class": "bar0"}, seg, find, ui.hits, el("span", {"class": "pair"},
        el("button", {"class": "iconbtn", title: "Unfold all (e)", "aria-label": "Unfold all", click: function () { foldAll(0); }}, icon("all")),
        el("button", {"class": "iconbtn", title: "Fold all (c)", "aria-label": "Fold all", click: function () { foldAll(1); }}, icon("none"))));
    ui.ax = el("div", {"class": "ax"});
    ui.cols = el("div", {"class": "cols", role: "row"}, el("div", {role: "columnheader", text: "Test"}), el("div", {"class": "c-ms", role: "columnheader", text: "Message"}), ui.ax,
        el("div", {"class": "num", role: "columnheader", text: "Duration"}), el("div", {"class": "num c-re", role: "columnheader", text: "Result"}));
    ui.grid = el("div", {"class": "grid", "aria-hidden": "true"});
    ui.body = el("div", {"class": "body", tabindex: "0", role: "treegrid", "aria-label": "Steps of the test"}, ui.grid);
    ui.none = el("div", {"class": "none", hidden: "", text: "Nothing matches."});
    return el("section", {"class": "card tree"}, ui.bar, ui.cols, ui.body, ui.none);
}
function firstHit() {
    for (var i = 0; i < visCount; i++) if (!shown || shown[vis[i]] === 1) return vis[i];
    return vis[0];
}
function makeFoot() {
    var foot = el("footer", {"class": "foot"});
    if (body.dataset.engine) foot.append(el("span", {text: "Made by tum " + body.dataset.engine}));
    foot.append(el("span", {text: plural(n, "row")}), el("span", {}, el("kbd", {text: "?"}), " shows the keys"));
    return foot;
}
var KEYS = [["\u2191 \u2193", "move"], ["\u2190 \u2192", "fold, unfold, go to the parent"], ["Enter", "details and log of the row"],
    ["n  N", "next, previous failure"], ["/", "find"], ["a  f  s  p", "all, failed, skipped, passed"], ["e  c", "unfold all, fold all"],
    ["z", "time line: this row, again: the whole run"], ["t", "light or dark"], ["Esc", "no filter, whole run"]];
function help() {
    if (!ui.help) {
        var list = el("dl", {});
        KEYS.forEach(function (k) {
            var dt = el("dt", {});
            k[0].split(/\s{2}| (?=[\u2190-\u2193])/).forEach(function (key) { dt.append(el("kbd", {text: key}), " "); });
            list.append(dt, el("dd", {text: k[1]}));
        });
        ui.help = el("dialog", {click: function () { ui.help.close(); }}, el("h4", {text: "Keys"}), list);
        body.append(ui.help);
    }
    if (ui.help.open) ui.help.close(); else ui.help.showModal();
}

/* ---- input ---- */

function move(step) {
    var i = cur < 0 ? 0 : Math.max(0, Math.min(visCount - 1, where[cur] + step));
    if (visCount) select(vis[i], false);
}
var keys = {
    ArrowDown: function () { move(1); }, ArrowUp: function () { move(-1); }, j: function () { move(1); }, k: function () { move(-1); },
    PageDown: function () { move(Math.floor((innerHeight - stickyHeight()) / ROW) - 2); },
    PageUp: function () { move(-Math.floor((innerHeight - stickyHeight()) / ROW) + 2); },
    Home: function () { move(-n); }, End: function () { move(n); },
    ArrowRight: function () {
        if (cur < 0) return move(0);
        if (kids[cur] && foldOf()[cur]) setFold(cur, 0); else if (kids[cur]) move(1);
    },
    ArrowLeft: function () {
        if (cur < 0) return move(0);
        if (kids[cur] && !foldOf()[cur]) setFold(cur, 1); else if (parent[cur] >= 0) select(parent[cur], false);
    },
    Enter: function () { if (cur >= 0) toggleOpen(cur); }, " ": function () { if (cur >= 0) toggleOpen(cur); },
    n: function () { nextFail(1); }, N: function () { nextFail(-1); },
    "/": function () { ui.input.focus(); ui.input.select(); }, e: function () { foldAll(0); }, c: function () { foldAll(1); },
    a: function () { setResult(-1); }, f: function () { setResult(FAIL); }, s: function () { setResult(SKIP); }, p: function () { setResult(PASS); },
    t: switchTheme, "?": help,
    z: function () {
        if (cur >= 0 && (t0 <= 0 && t1 >= span)) zoom(start[cur] - first, start[cur] - first + Math.max(dur[cur], 10)); else zoom(0, span);
    },
    Escape: function () { clearFilters(); zoom(0, span); }
};
function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !keys[event.key] || (ui.help && ui.help.open)) return;
    var at = event.target;
    if (at.tagName === "INPUT" || ((at.tagName === "BUTTON" || at.tagName === "PRE") && (event.key === "Enter" || event.key === " "))) return;
    event.preventDefault();
    keys[event.key]();
}
function onClick(event) {
    var at = event.target.closest(".r");
    if (!at || String(getSelection()) !== "") return;
    var k = at.tumRow;
    if (event.target.closest(".tw") && kids[k]) { select(k, false); setFold(k, foldOf()[k] ? 0 : 1); return; }
    select(k, false);
    toggleOpen(k);
}

function fit() {
    ui.cols.style.top = ui.bar.offsetHeight + "px";
    drawAxis();
    drawOverview();
    draw();
}

function begin() {
    readRows();
    startFolded();
    makeTitle();
    t1 = span;
    var app = el("main", {"class": "app"}), conditions = document.querySelector("h1 + div");
    app.append(makeSummary(), makeOverview(), makeTree(), makeFoot());
    if (n === 0) {
        app.querySelectorAll(".over, .slow, .tree").forEach(function (part) { part.hidden = true; });
    }
    ui.tip = el("div", {"class": "tip", hidden: ""});
    pairConditions(conditions);
    conditions.after(app);
    body.append(ui.tip);
    layOutLanes();
    listenOverview();
    listRows();
    fit();
    ui.body.addEventListener("click", onClick);
    document.addEventListener("keydown", onKey);
    addEventListener("scroll", soon, {passive: true});
    addEventListener("resize", fit);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawOverview);
    var asked2 = /^#row(\d+)$/.exec(location.hash);
    if (asked2) {
        for (var k = 0; k < n; k++) if (placeOf[k] === +asked2[1]) { reveal(k, true); break; }
    }
    window.tumReport = {rows: n, ready: performance.now()};
}

begin();
})();

(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  var canvas = document.getElementById('timeline');
  var tip = document.getElementById('tip');
  var pen = canvas.getContext('2d');
  var LEFT = 96, RIGHT = 14, CHART = 92, AXIS = 24, GAP = 8;
  var view = {from: 0, to: data.length}, drag = null, spots = [], marked = null;

  var lanes = [], y = 4;
  data.nodes.forEach(function (node, i) {
    var height = data.calls[i] ? 50 : 24;
    lanes.push({name: node, y: y, h: height, calls: data.calls[i]});
    y += height + GAP;
  });
  var rate = {y: y + 22, h: CHART}, late = {y: y + 22 + CHART + 32, h: CHART};
  var bottom = late.y + CHART, total = bottom + AXIS;

  function css(name) { return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim(); }
  function width() { return canvas.clientWidth; }
  function x(t) { return LEFT + (t - view.from) / (view.to - view.from) * (width() - LEFT - RIGHT); }
  function time(px) { return view.from + (px - LEFT) / (width() - LEFT - RIGHT) * (view.to - view.from); }
  function clamp(v, a, b) { return Math.max(a, Math.min(b, v)); }
  function seconds(ms, digits) {
    var s = ms / 1000, d = digits === undefined ? 3 : digits;
    return s < 120 ? s.toFixed(d) + ' s' : Math.floor(s / 60) + ' min ' + (s % 60).toFixed(d) + ' s';
  }
  function rect(color, alpha, a, top, b, h) {
    var l = Math.max(LEFT, a), r = Math.min(width() - RIGHT, b);
    if (r <= l && (a > width() - RIGHT || b < LEFT)) { return; }
    pen.globalAlpha = alpha; pen.fillStyle = color; pen.fillRect(l, top, Math.max(1, r - l), h); pen.globalAlpha = 1;
  }
  function text(value, px, py, color, align, room) {
    pen.fillStyle = color; pen.textAlign = align || 'left';
    if (room !== undefined) {
      while (value && pen.measureText(value).width > room) { value = value.slice(0, -2).replace(/[\s\u2026]*$/, '') + (value.length > 2 ? '\u2026' : ''); if (value.length < 3) { value = ''; } }
    }
    pen.fillText(value, px, py);
  }
  function spot(a, top, b, h, told) {
    if (b >= LEFT && a <= width() - RIGHT) { spots.push({a: a - 2, b: Math.max(b, a + 2) + 2, top: top, bottom: top + h, told: told}); }
  }

  /* Sums the bins that share a stretch of some pixels. */
  function stretches(width_) {
    var per = Math.max(data.bin, (view.to - view.from) / Math.max(1, width_ / 3));
    var count = Math.max(1, Math.round(per / data.bin)), first = Math.floor(view.from / data.bin / count) * count, out = [];
    for (var b = first; b * data.bin < view.to && b < data.bins; b += count) {
      if ((b + count) * data.bin > view.from) { out.push({from: b, to: Math.min(b + count, data.bins)}); }
    }
    return out;
  }
  function sum(list, s) { var n = 0; for (var i = s.from; i < s.to; i++) { n += list[i] || 0; } return n; }

  function drawLanes(parts) {
    var most = 1;
    lanes.forEach(function (lane) {
      if (lane.calls) { parts.forEach(function (s) { most = Math.max(most, sum(lane.calls[0], s) + sum(lane.calls[1], s) + sum(lane.calls[2], s)); }); }
    });
    lanes.forEach(function (lane) {
      rect(css('grid'), 0.6, LEFT, lane.y, width() - RIGHT, lane.h);
      pen.font = '600 13px system-ui, "DejaVu Sans", sans-serif';
      text(lane.name, LEFT - 10, lane.y + lane.h / 2 + 4, css('ink'), 'right', LEFT - 14);
      if (!lane.calls) { return; }
      parts.forEach(function (s) {
        var base = lane.y + lane.h, a = x(s.from * data.bin), b = x(s.to * data.bin), told = [];
        ['done', 'notdone', 'unknown'].forEach(function (color, k) {
          var n = sum(lane.calls[k], s), h = n === 0 ? 0 : Math.max(1.5, n / most * (lane.h - 17));
          rect(css(color), b - a > 40 ? 0.3 : 0.9, a, base - h, b - 0.4, h); base -= h;
          told.push(n + ' ' + ['done', 'not done', 'unknown'][k]);
        });
        spot(a, lane.y + 16, b, lane.h - 16, lane.name + ', ' + seconds(s.from * data.bin) + ' to ' + seconds(s.to * data.bin) + '\n' + told.join(', '));
      });
    });
  }
  function drawTerms() {
    pen.font = '11px system-ui, "DejaVu Sans", sans-serif';
    data.terms.forEach(function (term) {
      var lane = lanes[term.node], a = x(term.from), b = x(term.to);
      if (!lane) { return; }
      rect(css('t' + term.epoch % 4), 1, a, lane.y, b, 14);
      var l = Math.max(a, LEFT), r = Math.min(b, width() - RIGHT);
      if (r - l > 14) { text(r - l > 80 ? 'leads, epoch ' + term.epoch : '' + term.epoch, l + 4, lane.y + 11, '#fff', 'left', r - l - 6); }
      spot(a, lane.y, b, 14, lane.name + ' leads in epoch ' + term.epoch + '\n' + seconds(term.from) + ' to ' + seconds(term.to));
    });
  }
  /* Faults that overlap are shaded once. */
  function union(faults) {
    var spans = [];
    faults.slice().sort(function (one, other) { return one.from - other.from; }).forEach(function (fault) {
      var last = spans[spans.length - 1];
      if (last && fault.from <= last.to) { last.to = Math.max(last.to, fault.to); } else { spans.push({from: fault.from, to: fault.to}); }
    });
    return spans;
  }
  function drawFaults() {
    pen.font = '11px system-ui, "DejaVu Sans", sans-serif';
    [[rate.y, rate.h], [late.y, late.h]].forEach(function (box) {
      union(data.faults).forEach(function (span) { rect(css('fault'), 0.1, x(span.from), box[0], x(span.to), box[1]); });
    });
    lanes.forEach(function (lane, node) {
      var top = lane.calls ? lane.y + 15 : lane.y;
      union(data.faults.filter(function (fault) { return fault.struck.indexOf(node) >= 0; })).forEach(function (span) {
        rect(css('fault'), 0.2, x(span.from), top, x(span.to), lane.y + lane.h - top);
      });
    });
    data.faults.forEach(function (fault) {
      var a = x(fault.from), b = x(fault.to), l = Math.max(a, LEFT), r = Math.min(b, width() - RIGHT);
      fault.struck.forEach(function (node) {
        var lane = lanes[node], top = lane.calls ? lane.y + 15 : lane.y;
        rect(css('fault'), 0.9, a, top, a + 1.5, lane.y + lane.h - top);
        if (r - l > 24) { text(fault.what, l + 5, top + 12, css('ink'), 'left', r - l - 8); }
        spot(a, top, b, 15, fault.nemesis + ': ' + fault.what + '\n' + seconds(fault.from) + ' to ' + seconds(fault.to) + (fault.lasts ? ' (to the end)' : '') + '\nlongest pause in acknowledged writes: ' + fault.pause);
      });
    });
  }
  function drawMarks() {
    data.marks.forEach(function (m) {
      var lane = lanes[m[0]];
      if (!lane || !lane.calls || m[2] < view.from || m[1] > view.to || (m[3] === 0 && view.to - view.from > 5000)) { return; }
      var close = view.to - view.from < 30000, a = x(m[1]), b = x(m[2]), top = lane.y + 16 + (m[4] * 7 % 12) * (lane.h - 19) / 12;
      if (close) { rect(css(m[3] === 1 ? 'notdone' : m[3] === 2 ? 'unknown' : 'done'), 0.95, a, top, b, 2.5); }
      if (close) { spot(a, top - 1, b, 4, say(m)); }
    });
    if (marked) {
      marked.calls.forEach(function (m) {
        var lane = lanes[m[0]];
        if (!lane) { return; }
        var a = x(m[1]), b = x(m[2]), top = lane.y + 16 + (m[4] * 7 % 12) * (lane.h - 19) / 12;
        rect(css('ink'), 1, a, top - 1, Math.max(b, a + 3), 5);
        rect(css('unknown'), 1, a + 1, top, Math.max(b, a + 3) - 1, 3);
        spot(a, top - 3, b, 9, say(m) + '\n(shows a finding)');
      });
    }
  }
  function say(m) {
    return data.workloads[m[5]] + ', caller ' + m[4] + ' via ' + data.nodes[m[0]] + '\n' + m[6] + '\n' + ['done', 'not done', 'outcome unknown'][m[3]] + ', ' + seconds(m[1]) + ', took ' + seconds(m[2] - m[1]);
  }
  function frame(box, name, most, unit) {
    pen.font = '12px system-ui, "DejaVu Sans", sans-serif';
    rect(css('grid'), 0.6, LEFT, box.y, width() - RIGHT, box.h);
    text(name, LEFT, box.y - 6, css('ink'));
    text(most + unit, LEFT - 10, box.y + 10, css('soft'), 'right');
  }
  function line(box, parts, value, color, scale) {
    pen.strokeStyle = color; pen.lineWidth = 1.4; pen.beginPath();
    var down = false;
    parts.forEach(function (s) {
      var v = value(s);
      if (v === null) { down = false; return; }
      var px = clamp(x((s.from + s.to) / 2 * data.bin), LEFT, width() - RIGHT), py = box.y + box.h - scale(v) * box.h;
      if (parts.length < 60) {
        var a = clamp(x(s.from * data.bin), LEFT, width() - RIGHT), b = clamp(x(s.to * data.bin), LEFT, width() - RIGHT);
        if (down) { pen.lineTo(a, py); } else { pen.moveTo(a, py); }
        pen.lineTo(b, py);
      } else if (down) { pen.lineTo(px, py); } else { pen.moveTo(px, py); pen.lineTo(px + 1, py); }
      down = true;
    });
    pen.stroke();
  }
  function drawCharts(parts) {
    function per(s, k) { var n = 0; data.calls.forEach(function (c) { if (c) { n += sum(c[k], s); } }); return n / ((s.to - s.from) * data.bin / 1000); }
    var most = 1;
    parts.forEach(function (s) { most = Math.max(most, per(s, 0)); });
    frame(rate, 'calls by outcome', Math.round(most), '/s');
    parts.forEach(function (s) {
      var a = x(s.from * data.bin), b = x(s.to * data.bin), n = per(s, 0);
      rect(css('done'), 0.55, a, rate.y + rate.h * (1 - n / most), b, rate.h * n / most);
      var unknown = Math.min(1, per(s, 2) / most), bad = Math.min(1, unknown + per(s, 1) / most);
      if (bad > unknown) { rect(css('notdone'), 0.9, a, rate.y + rate.h * (1 - bad), b, Math.max(1.5, rate.h * (bad - unknown))); }
      if (unknown > 0) { rect(css('unknown'), 0.9, a, rate.y + rate.h * (1 - unknown), b, Math.max(1.5, rate.h * unknown)); }
      spot(a, rate.y, b, rate.h, seconds(s.from * data.bin) + ' to ' + seconds(s.to * data.bin) + '\n' + n.toFixed(1) + ' done/s, ' + per(s, 1).toFixed(1) + ' not done/s, ' + per(s, 2).toFixed(1) + ' unknown/s');
    });
    function worst(list, s) { var v = null; for (var i = s.from; i < s.to; i++) { if (list[i] !== null && (v === null || list[i] > v)) { v = list[i]; } } return v; }
    function mean(list, s) { var v = 0, n = 0; for (var i = s.from; i < s.to; i++) { if (list[i] !== null) { v += list[i]; n++; } } return n ? v / n : null; }
    var top = 10;
    parts.forEach(function (s) { top = Math.max(top, worst(data.max, s) || 0); });
    function log(v) { return clamp(Math.log10(Math.max(v, 0.1) / 0.1) / Math.log10(top / 0.1), 0, 1); }
    frame(late, 'latency of calls that were done', top >= 1000 ? (top / 1000).toFixed(1) : Math.round(top), top >= 1000 ? ' s' : ' ms');
    pen.font = '10px system-ui, "DejaVu Sans", sans-serif';
    for (var g = 1; g < top; g *= 10) {
      var py = late.y + late.h * (1 - log(g));
      rect(css('line'), 1, LEFT, py, width() - RIGHT, 1);
      if (g * 3 < top) { text(g >= 1000 ? g / 1000 + ' s' : g + ' ms', LEFT - 10, py + 3, css('soft'), 'right'); }
    }
    line(late, parts, function (s) { return worst(data.max, s); }, css('max'), log);
    line(late, parts, function (s) { return worst(data.p99, s); }, css('p99'), log);
    line(late, parts, function (s) { return mean(data.p50, s); }, css('p50'), log);
    parts.forEach(function (s) {
      var m = mean(data.p50, s);
      if (m !== null) { spot(x(s.from * data.bin), late.y, x(s.to * data.bin), late.h, 'median ' + m.toFixed(1) + ' ms, p99 ' + worst(data.p99, s).toFixed(1) + ' ms, longest ' + worst(data.max, s).toFixed(1) + ' ms'); }
    });
  }
  function drawAxis() {
    var span = (view.to - view.from) / 1000, step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600].find(function (s) { return span / s < Math.max(3, width() / 120); }) || 1200;
    pen.font = '11px system-ui, "DejaVu Sans", sans-serif';
    for (var t = Math.ceil(view.from / 1000 / step) * step; t <= view.to / 1000 + 1e-9; t += step) {
      rect(css('line'), 0.7, x(t * 1000), lanes.length ? lanes[0].y : 0, x(t * 1000) + 1, bottom);
      text(step < 1 ? t.toFixed(3).replace(/0+$/, '') + ' s' : t >= 120 ? Math.floor(t / 60) + ':' + ('0' + Math.round(t % 60)).slice(-2) : Math.round(t) + ' s', x(t * 1000), bottom + 16, css('soft'), x(t * 1000) > width() - RIGHT - 16 ? 'right' : 'center');
    }
  }
  function draw() {
    var ratio = window.devicePixelRatio || 1;
    canvas.style.height = total + 'px'; canvas.width = width() * ratio; canvas.height = total * ratio;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0); pen.clearRect(0, 0, width(), total);
    spots = [];
    var parts = stretches(width() - LEFT - RIGHT);
    drawLanes(parts); drawCharts(parts); drawAxis(); drawFaults(); drawTerms(); drawMarks();
    data.findings.forEach(function (f) {
      if (f.calls.length === 0) { return; }
      var at = x(f.from);
      if (at < LEFT || at > width() - RIGHT) { return; }
      rect(css('bad'), 1, at - 1, 0, at + 1, bottom);
      spot(at - 3, 0, at + 3, bottom, 'finding of ' + f.workload);
    });
    if (drag && Math.abs(drag.to - drag.from) > 3) { rect(css('ink'), 0.12, Math.min(drag.from, drag.to), 0, Math.max(drag.from, drag.to), bottom); }
  }
  function show(from, to) {
    var span = clamp(to - from, 5, data.length), a = clamp(from, 0, data.length - span);
    view = {from: a, to: a + span}; draw();
  }
  function place(event) { var box = canvas.getBoundingClientRect(); return {x: event.clientX - box.left, y: event.clientY - box.top}; }

  canvas.addEventListener('wheel', function (event) {
    if (event.ctrlKey) { return; }
    event.preventDefault();
    var at = time(clamp(place(event).x, LEFT, width() - RIGHT)), by = Math.pow(1.0015, event.deltaY);
    if (event.shiftKey) { var shift = (view.to - view.from) * event.deltaY / 1500; show(view.from + shift, view.to + shift); return; }
    show(at - (at - view.from) * by, at + (view.to - at) * by);
  }, {passive: false});
  canvas.addEventListener('pointerdown', function (event) { drag = {from: place(event).x, to: place(event).x}; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener('pointermove', function (event) {
    var p = place(event);
    if (drag) { drag.to = clamp(p.x, LEFT, width() - RIGHT); draw(); return; }
    var found = null;
    spots.forEach(function (s) { if (p.x >= s.a && p.x <= s.b && p.y >= s.top && p.y <= s.bottom) { found = s; } });
    tip.style.display = found ? 'block' : 'none';
    if (found) {
      tip.textContent = found.told;
      tip.style.left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 10) + 'px';
      tip.style.top = Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 10) + 'px';
    }
  });
  canvas.addEventListener('pointerup', function () {
    var d = drag; drag = null;
    if (d && Math.abs(d.to - d.from) > 6) { show(time(Math.min(d.from, d.to)), time(Math.max(d.from, d.to))); } else { draw(); }
  });
  canvas.addEventListener('pointerleave', function () { tip.style.display = 'none'; });
  canvas.addEventListener('dblclick', function () { show(0, data.length); });
  document.getElementById('whole').addEventListener('click', function () { marked = null; show(0, data.length); });
  document.querySelectorAll('[data-from]').forEach(function (each) {
    each.addEventListener('click', function () {
      var from = Number(each.dataset.from), to = Number(each.dataset.to), margin = Math.max(20, (to - from) * 0.5);
      marked = each.dataset.finding ? data.findings[Number(each.dataset.finding)] : null;
      show(from - margin, to + margin);
      canvas.scrollIntoView({behavior: 'smooth', block: 'center'});
    });
  });
  window.addEventListener('resize', draw);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  draw();
})();


(function () {
  "use strict";
  var form = document.getElementById("narrow");
  if (!form) return;
  var text = form.elements.filter, failures = form.elements.failures;
  var rows = Array.prototype.slice.call(document.querySelectorAll("#probes tbody tr"));
  var shown = document.getElementById("shown");
  function narrow() {
    var wanted = text.value.toLowerCase(), count = 0;
    rows.forEach(function (row) {
      var fits = (!failures.checked || row.className === "failure") && row.textContent.toLowerCase().indexOf(wanted) >= 0;
      row.hidden = !fits;
      if (fits) count += 1;
    });
    shown.textContent = count + " of " + rows.length + " shown";
  }
  form.addEventListener("submit", function (event) { event.preventDefault(); narrow(); });
  text.addEventListener("input", narrow);
  failures.addEventListener("change", narrow);
  form.querySelector("button").hidden = true;
  narrow();
})();

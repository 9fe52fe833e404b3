/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs before the table is read: hides it while the page builds (laying out 100,000 rows
 * that nobody will see takes seconds) and sets the theme before anything is painted.
 * Takes both back when the real script (html_report.js) does not come.
 */
(function () {
    var root = document.documentElement;
    var theme = null;

    try {
        theme = localStorage.getItem("tum-report-theme");
    } catch (e) {
        theme = null;
    }
    if (theme === "dark" || theme === "light")
        root.setAttribute("data-theme", theme);
    root.className = "js";
    function check() {
        if (!window.tumReport)
            root.className = "";
    }
    window.addEventListener("load", check);
    window.addEventListener("error", check);
})();

/** One small sheet for every page; readable at 1280 px and at 400 px, in light and dark. */
export const style = `
:root{--bg:#fff;--fg:#1f2328;--soft:#59636e;--line:#d1d9e0;--panel:#f6f8fa;--link:#0969da;--go:#1f883d;
--ok:#1a7f37;--bad:#d1242f;--wait:#9a6700;--okbg:#dafbe1;--badbg:#ffebe9;--waitbg:#fff8c5}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#f0f6fc;--soft:#9198a1;--line:#3d444d;
--panel:#151b23;--link:#4493f8;--go:#238636;--ok:#3fb950;--bad:#f85149;--wait:#d29922;--okbg:#12261e;
--badbg:#25171c;--waitbg:#272115}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 -apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
header.top{background:var(--panel);border-bottom:1px solid var(--line)}
header.top .in,main{max-width:1012px;margin:0 auto;padding:12px 20px}
header.top .in{display:flex;gap:8px 16px;flex-wrap:wrap;align-items:center;justify-content:space-between}
main{padding-bottom:64px}
h1{font-size:24px;line-height:1.25;margin:16px 0 8px;font-weight:600;overflow-wrap:anywhere}
h2{font-size:18px;margin:24px 0 8px}h3{font-size:15px;margin:12px 0 4px}
.soft{color:var(--soft)}small,.small{font-size:13px}
.box{border:1px solid var(--line);border-radius:6px;margin:16px 0;overflow:hidden}
.box>.head{background:var(--panel);border-bottom:1px solid var(--line);padding:8px 16px;display:flex;gap:4px 12px;flex-wrap:wrap;align-items:center}
.box>.row{padding:10px 16px;border-top:1px solid var(--line);overflow-wrap:anywhere}
.box>.row:first-child,.box>.head+.row{border-top:0}
.body{padding:12px 16px;overflow-wrap:anywhere}.body>:first-child{margin-top:0}.body>:last-child{margin-bottom:0}
.pill{display:inline-block;border-radius:2em;padding:2px 10px;font-size:13px;font-weight:600;color:#fff;background:var(--soft);white-space:nowrap}
.pill.open{background:var(--go)}.pill.closed{background:var(--bad)}.pill.merged{background:#8250df}
.ok{color:var(--ok)}.bad{color:var(--bad)}.wait{color:var(--wait)}
.note{padding:12px 16px;border-radius:6px;border:1px solid var(--line);margin:12px 0}
.note.ok{background:var(--okbg);color:var(--fg)}.note.bad{background:var(--badbg);color:var(--fg)}.note.wait{background:var(--waitbg);color:var(--fg)}
button,.button{font:inherit;font-size:14px;font-weight:500;padding:5px 14px;border-radius:6px;border:1px solid var(--line);background:var(--panel);color:var(--fg);cursor:pointer;display:inline-block}
button.go{background:var(--go);border-color:var(--go);color:#fff}button:disabled{opacity:.55;cursor:not-allowed}
form.inline{display:inline-block;margin:2px 6px 2px 0}
textarea,input[type=text],select{font:inherit;width:100%;padding:6px 10px;border:1px solid var(--line);border-radius:6px;background:var(--bg);color:var(--fg)}
textarea{min-height:96px;resize:vertical}
select{width:auto}
label{display:block;margin:8px 0 4px;font-weight:600;font-size:14px}
code,pre{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{background:var(--panel);padding:.15em .35em;border-radius:4px}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:10px 12px;overflow-x:auto}pre code{padding:0;background:none}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse}.body th,.body td{overflow-wrap:normal}.body td code,.body th{white-space:nowrap}th,td{border:1px solid var(--line);padding:5px 12px;text-align:left;vertical-align:top}th{background:var(--panel)}
nav.tabs{display:flex;gap:4px 16px;flex-wrap:wrap;border-bottom:1px solid var(--line);margin:12px 0 16px}
nav.tabs a{padding:6px 2px;color:var(--fg)}nav.tabs a.here{border-bottom:2px solid #fd8c73;font-weight:600}
table.diff{width:100%;border:0;font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
table.diff td{border:0;padding:0 8px;white-space:pre}table.diff td.n{color:var(--soft);text-align:right;user-select:none;width:1%}
tr.add td{background:var(--okbg)}tr.del td{background:var(--badbg)}tr.hunk td{background:var(--panel);color:var(--soft)}
.annotation{margin:4px 8px;padding:8px 12px;border:1px solid var(--line);border-left:3px solid var(--bad);border-radius:4px;white-space:normal;font:14px/1.5 -apple-system,"Segoe UI",sans-serif}
.annotation.warning{border-left-color:var(--wait)}.annotation.notice{border-left-color:var(--link)}
.people a{margin-right:10px}.here{font-weight:600}
@media (max-width:600px){header.top .in,main{padding:10px 14px}h1{font-size:20px}.body,.box>.row,.box>.head{padding-left:12px;padding-right:12px}}
`;

-- SPDX-License-Identifier: Apache-2.0
-- What the campaign beside it calls.
local tm = require("tm")
local M = {}

function M.echo(...)
    print("sees", ...)
    return ...
end

function M.nothing() end

function M.kinds()
    return 7, 2 ^ 53 + 2, 0.1, 2.0, true, "text", {}, {1, nil, 3}, {k = {[1.5] = tm.null}}
end

function M.count()
    seen = (seen or 0) + 1
    return seen
end

function M.api()
    assert(tm.gd("missing") == tm.null and tm.gd("missing", 7) == 7)
    assert(tm.setgd("made", {list = {1, tm.null, 2.5}}) == tm.null)
    assert(#tm.gd("made").list == 3)
    tm.setgd("gone", 1)
    tm.delgd("gone")
    tm.delgd("gone")
    assert(tm.gd("gone", "no more") == "no more")
    local ok, why = pcall(tm.setgd, "gone")
    assert(not ok)
    return why
end

function M.raises()
    error("on purpose")
end

function M.odd()
    return {a = {1, print}}
end

function M.leave(status)
    io.write("the last words\n")
    io.stdout:flush()
    os.exit(status)
end

return M

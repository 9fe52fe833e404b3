-- SPDX-License-Identifier: Apache-2.0
local tm = require("tm")
local M = {}

function M.gain(db)
    print("gain", db, "dB")
    tm.setgd("gain_seen", {db, tm.null})
    return 10 ^ (db / 20), tm.gd("unit", "V/V")
end

function M.count()
    calls = (calls or 0) + 1
    return calls
end

function M.fails()
    error({code = 5})
end

return M

-- SPDX-License-Identifier: Apache-2.0
-- The Lua side of a worker: calls functions for tum (schemas/worker.md).
--
-- Runs inside our own program, which hands in its link as `host`, or in the user's Lua 5.1
-- or later with two pipes as descriptors 98 and 99. Keeps its own references to what it
-- needs, since user code may replace what it finds. Our program adds a line that uses
-- `serve`.

local assert, error, ipairs, next, pcall = assert, error, ipairs, next, pcall
local rawequal, rawget, select = rawequal, rawget, select
local setmetatable, tostring = setmetatable, tostring
local tonumber, type, xpcall, loadfile = tonumber, type, xpcall, loadfile
local unpack = table.unpack or unpack
local byte, char, find, format = string.byte, string.char, string.find, string.format
local gsub, match, rep, sub = string.gsub, string.match, string.rep, string.sub
local concat, sort, floor, huge = table.concat, table.sort, math.floor, math.huge
local traceback, getinfo, package = debug.traceback, debug.getinfo, package
local io, stdout, stderr, os_exit = io, io.stdout, io.stderr, os.exit
local math_type = math.type
    or function(n)
        return n == floor(n) and n > -2 ^ 53 and n < 2 ^ 53 and "integer" or "float"
    end

local DEPTH_LIMIT = 1000
local FRAME_LIMIT = 67108864
local TOO_LARGE = "is larger than 64 MiB"
-- Levels of a stack whose files are looked at.
local LEVELS = 200
local link, null, decode

-- ---- JSON to values --------------------------------------------------------------------

local escapes = {b = "\b", f = "\f", n = "\n", r = "\r", t = "\t"}

local function utf8_of(code)
    if code < 0x80 then
        return char(code)
    elseif code < 0x800 then
        return char(0xC0 + floor(code / 64), 0x80 + code % 64)
    elseif code < 0x10000 then
        return char(
            0xE0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64
        )
    end
    return char(
        0xF0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64,
        0x80 + floor(code / 64) % 64, 0x80 + code % 64
    )
end

local function read_text(text, at)
    local parts, n = {}, 0
    while true do
        local stop = find(text, '["\\]', at)
        n = n + 1
        parts[n] = sub(text, at, stop - 1)
        if byte(text, stop) == 34 then
            return n == 1 and parts[1] or concat(parts), stop + 1
        end
        local c = sub(text, stop + 1, stop + 1)
        at = stop + 2
        if c == "u" then
            local code = tonumber(sub(text, at, at + 3), 16)
            at = at + 4
            if code >= 0xD800 and code < 0xDC00 and sub(text, at, at + 1) == "\\u" then
                local low = tonumber(sub(text, at + 2, at + 5), 16)
                if low >= 0xDC00 and low < 0xE000 then
                    code = 0x10000 + (code - 0xD800) * 1024 + (low - 0xDC00)
                    at = at + 6
                end
            end
            c = utf8_of(code)
        else
            c = escapes[c] or c
        end
        n = n + 1
        parts[n] = c
    end
end

local words = {
    t = {true, 4}, f = {false, 5}, N = {0 / 0, 3}, I = {huge, 8},
}

local read_value

local function read_list(text, at)
    local list, n = {}, 0
    at = find(text, "[^ \n\r\t]", at)
    if byte(text, at) == 93 then
        return list, at + 1
    end
    while true do
        n = n + 1
        list[n], at = read_value(text, at)
        at = find(text, "[^ \n\r\t]", at)
        if byte(text, at) == 93 then
            return list, at + 1
        end
        at = at + 1
    end
end

local function read_map(text, at)
    local map, key = {}
    at = find(text, "[^ \n\r\t]", at)
    if byte(text, at) == 125 then
        return map, at + 1
    end
    while true do
        at = find(text, '"', at, true)
        key, at = read_text(text, at + 1)
        at = find(text, ":", at, true)
        map[key], at = read_value(text, at + 1)
        at = find(text, "[^ \n\r\t]", at)
        if byte(text, at) == 125 then
            return map, at + 1
        end
        at = at + 1
    end
end

function read_value(text, at)
    at = find(text, "[^ \n\r\t]", at)
    local c = sub(text, at, at)
    if c == '"' then
        return read_text(text, at + 1)
    elseif c == "{" then
        return read_map(text, at + 1)
    elseif c == "[" then
        return read_list(text, at + 1)
    elseif c == "n" then
        return null, at + 4
    elseif words[c] then
        return words[c][1], at + words[c][2]
    end
    local number = match(text, "^-?[%d.eE+-]+", at)
    if not number or number == "-" then
        return -huge, at + 9 -- -Infinity
    end
    return tonumber(number), at + #number
end

-- ---- values to JSON --------------------------------------------------------------------

local escaped = {['"'] = '\\"', ["\\"] = "\\\\"}
for i = 0, 31 do
    escaped[char(i)] = format("\\u%04x", i)
end

-- Length of the UTF-8 sequence at a place; nil: there is none.
local function sequence(text, at)
    local a, b, c, d = byte(text, at, at + 3)
    local function follows(x)
        return x ~= nil and x >= 0x80 and x < 0xC0
    end
    if a < 0x80 then
        return 1
    elseif a >= 0xC2 and a < 0xE0 then
        return follows(b) and 2 or nil
    elseif a >= 0xE0 and a < 0xF0 then
        if not (follows(b) and follows(c)) or a == 0xE0 and b < 0xA0
            or a == 0xED and b >= 0xA0 then
            return nil
        end
        return 3
    elseif a >= 0xF0 and a < 0xF5 then
        if not (follows(b) and follows(c) and follows(d)) or a == 0xF0 and b < 0x90
            or a == 0xF4 and b >= 0x90 then
            return nil
        end
        return 4
    end
    return nil
end

-- What is not UTF-8 becomes U+FFFD.
local function clean(text)
    if not find(text, "[\128-\255]") then
        return text
    end
    local parts, from, at = {}, 1, 1
    while at <= #text do
        local size = sequence(text, at)
        if not size then
            parts[#parts + 1] = sub(text, from, at - 1) .. "\239\191\189"
            from = at + 1
        end
        at = at + (size or 1)
    end
    parts[#parts + 1] = sub(text, from)
    return concat(parts)
end

local function quoted(text)
    return '"' .. gsub(clean(text), '[%z\1-\31"\\]', escaped) .. '"'
end

-- Raised while a value is told: what it is that cannot be.
local Unplain = {}

local function unplain(path, what)
    error(setmetatable({text = concat(path) .. ": " .. what}, Unplain), 0)
end

local function number_text(n, path)
    if n ~= n then
        unplain(path, "the number nan") -- which has a sign when it is printed
    elseif n == huge or n == -huge then
        unplain(path, "the number " .. tostring(n))
    end
    if math_type(n) == "integer" then
        return format("%d", n)
    end
    if n == floor(n) and n > -2 ^ 53 and n < 2 ^ 53 then
        return format("%.0f", n)
    end
    for digits = 15, 17 do
        local text = format("%." .. digits .. "g", n)
        if tonumber(text) == n then
            return find(text, "[.eE]") and text or text .. ".0"
        end
    end
end

-- Of a path the list part is how the place is written, the tables in it are keys.
local write_value

-- The number of elements when a table is a list; false: it is a mapping.
local function list_length(t, path)
    local most, count = 0, 0
    for k in next, t do
        if type(k) ~= "number" or k < 1 or k == huge or k ~= floor(k) then
            return false
        end
        most = k > most and k or most
        count = count + 1
    end
    if count == 0 then
        return false
    end
    if most > 10 and most > 2 * count then
        unplain(path, format(
            "object of type table, a list of %.14g elements with only %d of them", most, count
        ))
    end
    return floor(most)
end

local function key_text(k, path)
    if type(k) == "string" then
        return quoted(k)
    elseif type(k) == "number" then
        return '"' .. number_text(k, path) .. '"'
    end
    unplain(path, "key of type " .. type(k))
end

local function write_table(t, out, path, depth)
    if path[t] then
        unplain({unpack(path, 1, 20)}, "object of type table that holds itself")
    elseif depth >= DEPTH_LIMIT then
        unplain(
            {unpack(path, 1, 20)},
            "object of type table that nests deeper than " .. DEPTH_LIMIT .. " levels"
        )
    end
    local n = #path + 1
    path[t] = true
    local length = list_length(t, path)
    if length then
        out[#out + 1] = "["
        for i = 1, length do
            if i > 1 then
                out[#out + 1] = ", "
            end
            path[n] = "[" .. i .. "]"
            write_value(rawget(t, i), out, path, depth + 1)
        end
        out[#out + 1] = "]"
    else
        local first = true
        out[#out + 1] = "{"
        for k, v in next, t do
            path[n] = nil
            out[#out + 1] = (first and "" or ", ") .. key_text(k, path) .. ": "
            path[n] = type(k) == "string" and "['" .. k .. "']" or "[" .. tostring(k) .. "]"
            write_value(v, out, path, depth + 1)
            first = false
        end
        out[#out + 1] = "}"
    end
    path[n] = nil
    path[t] = nil
end

function write_value(v, out, path, depth)
    local kind = type(v)
    if v == nil or rawequal(v, null) then
        out[#out + 1] = "null"
    elseif kind == "boolean" then
        out[#out + 1] = tostring(v)
    elseif kind == "number" then
        out[#out + 1] = number_text(v, path)
    elseif kind == "string" then
        out[#out + 1] = quoted(v)
    elseif kind == "table" then
        write_table(v, out, path, depth)
    else
        unplain(path, "object of type " .. kind)
    end
end

-- JSON of a value, or nil and why there is none.
local function told(v, name)
    local out = {}
    local ok, why = pcall(write_value, v, out, {name}, 0)
    if ok then
        return concat(out)
    end
    return nil, type(why) == "table" and why.text or tostring(why)
end

-- A value as a member of a message: as it is, or as the text of it when deep.
local function member(text)
    local _, lists = gsub(text, "%[", "")
    local _, maps = gsub(text, "{", "")
    if lists + maps >= 900 then
        return '"json": ' .. quoted(text)
    end
    return '"value": ' .. text
end

-- ---- the script API --------------------------------------------------------------------

local call_id, asked = 0, 0

local function ask(what, name, inside)
    if call_id == 0 then
        error("tm." .. what .. ": no call of tum is running", 3)
    end
    asked = asked + 1
    local text = format('{"call": %d, "ask": %d, "op": "%s", "name": ', call_id, asked, what)
        .. quoted(name) .. (inside or "") .. "}"
    if #text > FRAME_LIMIT then
        error("tm." .. what .. ": the value " .. TOO_LARGE, 3)
    end
    link.write(text)
    while true do
        local message = decode(link.read())
        if message.answer == asked then
            if message.error then
                error("tm." .. what .. ": " .. message.error, 3)
            end
            if message.json then
                return decode(message.json)
            end
            return message.value
        end
    end
end

local function need_name(what, name)
    if type(name) ~= "string" then
        error("tm." .. what .. ": the name must be text, not " .. type(name), 3)
    end
end

local tm = {}

function tm.gd(name, default)
    need_name("gd", name)
    local value = ask("gd", name)
    if value ~= nil then
        return value
    elseif default ~= nil then
        return default
    end
    return null
end

function tm.setgd(name, value)
    need_name("setgd", name)
    if value == nil then
        error("tm.setgd: there is no value for '" .. name .. "'; null is tm.null", 2)
    end
    local text, why = told(value, "value")
    if not text then
        error("tm.setgd: " .. why, 2)
    end
    ask("setgd", name, ", " .. member(text))
    return null
end

function tm.delgd(name)
    need_name("delgd", name)
    ask("delgd", name)
    return null
end

local function say(text)
    if call_id == 0 then
        stdout:write(text)
        return
    end
    while #text > 0 do
        link.write(format('{"call": %d, "out": ', call_id) .. quoted(sub(text, 1, 1000000)) .. "}")
        text = sub(text, 1000001)
    end
end

function print(...)
    local parts = {}
    for i = 1, select("#", ...) do
        parts[i] = tostring((select(i, ...)))
    end
    local text = concat(parts, "\t")
    if sub(text, -1) ~= "\n" then
        text = text .. "\n"
    end
    say(text)
end

-- ---- calls -----------------------------------------------------------------------------

-- The stack without our frames, what they call and what calls them.
local function trimmed(stack)
    local lines, last = {}, 0
    for line in string.gmatch(stack, "[^\n]+") do
        local is_ours = find(line, "^\ttum:") or find(line, "^\t%(command line%):")
        while is_ours and find(lines[#lines], "^\t%[C%]") do
            lines[#lines] = nil
        end
        if not is_ours then
            lines[#lines + 1] = line
        end
        if not is_ours and not find(line, "^\t%[C%]") then
            last = #lines
        end
    end
    return concat(lines, "\n", 1, last)
end

local function with_full(text, short, path)
    return (gsub(text, gsub(short, "%p", "%%%0"), (gsub(path, "%%", "%%%%"))))
end

-- Lua shortens the paths of files in what it says; those on the stack are known.
local function with_full_names(text)
    for level = 3, LEVELS do
        local info = getinfo(level, "S")
        if not info then
            break
        end
        local path = match(info.source, "^@(.*)")
        if path and path ~= info.short_src then
            text = with_full(text, info.short_src, path)
        end
    end
    return text
end

local function explain(e)
    local text = gsub(type(e) == "string" and e or tostring(e), "^tum:%d+: ", "")
    local stack = trimmed(traceback("", 2))
    if find(stack, "\n") then
        text = text .. "\n" .. stack
    end
    return with_full_names(text)
end

local function add_folder(path)
    local folder = match(path, "^(.*)/[^/]*$") or "."
    local pattern = folder .. "/?.lua"
    if type(package.path) ~= "string" then
        package.path = pattern
    elseif not find(";" .. package.path .. ";", ";" .. pattern .. ";", 1, true) then
        package.path = package.path .. ";" .. pattern
    end
end

local function raised(text)
    return '"raised": {"type": "error", "text": ' .. quoted(text) .. "}"
end

local function results(ok, ...)
    local n = select("#", ...)
    local list = {...}
    if not ok then
        return nil, raised(tostring(list[1]))
    end
    while n > 0 and list[n] == nil do
        n = n - 1
    end
    if n <= 1 then
        local text, why = told(list[1], "result")
        if text then
            return member(text)
        end
        return nil, '"untold": ' .. quoted(why)
    end
    local parts = {}
    for i = 1, n do
        local text, why = told(list[i], "result[" .. i .. "]")
        if not text then
            return nil, '"untold": ' .. quoted(why)
        end
        parts[i] = text
    end
    return member("[" .. concat(parts, ", ") .. "]")
end

local function refused(...)
    return '"refused": ' .. quoted(format(...))
end

local function functions_of(module)
    local names = {}
    for name, member in next, module do
        if type(name) == "string" and type(member) == "function" then
            names[#names + 1] = name
        end
    end
    sort(names)
    return #names > 0 and concat(names, ", ") or "no function"
end

-- Its arguments. Around a call it keeps that from being a tail call, around a function it
-- takes the name away by which it is called here; a stack would show both.
local function pass(...)
    return ...
end

local function call(message)
    local path, name = message.file, message.name
    add_folder(path)
    local chunk, why = loadfile(path)
    if not chunk then
        local short = match(why, "^%.%.%.(.-):%d+:")
        if short and sub(path, -#short) == short then
            why = path .. sub(why, #short + 4)
        end
        return refused("%s", why)
    end
    local ok, module = xpcall(function()
        return pass(pass(chunk)())
    end, explain)
    if not ok then
        return raised(module)
    end
    if type(module) ~= "table" then
        local what = module == nil and "nil" or "a " .. type(module)
        return refused("'%s' returns no table, but %s", path, what)
    end
    local fn
    ok, fn = xpcall(function()
        return pass(module[name])
    end, explain)
    if not ok then
        return raised(fn)
    end
    if type(fn) ~= "function" then
        return refused("there is no function '%s' in '%s'; it has: %s", name, path, functions_of(module))
    end
    local params = message.params
    local inside, failure = results(xpcall(function()
        return pass(pass(fn)(unpack(params, 1, #params)))
    end, explain))
    return inside or failure
end

-- Whatever user code has done to this state.
local function call_safely(message)
    local ok, inside = pcall(call, message)
    return ok and inside or raised(tostring(inside))
end

local function flush()
    stdout:flush()
    stderr:flush()
end

local function serve(host, keep)
    if host then
        link, null, decode = host, host.null, host.decode
    else
        decode = function(text)
            return (read_value(text, 1))
        end
        local from, to = assert(io.open("/dev/fd/98", "rb")), assert(io.open("/dev/fd/99", "wb"))
        link = {
            read = function()
                local head = from:read(4)
                if not head or #head < 4 then
                    os_exit(0)
                end
                local a, b, c, d = byte(head, 1, 4)
                return from:read(((a * 256 + b) * 256 + c) * 256 + d) or os_exit(0)
            end,
            write = function(text)
                local n = #text
                to:write(
                    char(floor(n / 16777216) % 256, floor(n / 65536) % 256, floor(n / 256) % 256, n % 256),
                    text
                )
                to:flush()
            end,
        }
        -- Before Lua 5.4 every process would draw the same numbers.
        local source = _VERSION < "Lua 5.4" and io.open("/dev/urandom", "rb")
        if source then
            local a, b, c = byte(source:read(3), 1, 3)
            math.randomseed((a * 256 + b) * 256 + c)
            source:close()
        end
        local ok, cjson = pcall(require, "cjson")
        if ok and type(cjson) == "table" and cjson.null ~= nil then
            null = cjson.null
        else
            -- Any value that is nobody else's; a closed file is a userdata.
            null = io.open("/dev/null")
            null:close()
        end
    end
    -- Lines are shown when they are written.
    stdout:setvbuf("line")
    tm.null = null
    package.preload.tm = function()
        return tm
    end
    link.write(
        '{"hello": {"protocol": 1, "name": "lua", "version": ' .. quoted(_VERSION)
            .. ', "can": ["func"]}}'
    )
    repeat
        local message = decode(link.read())
        if message.op then
            call_id = message.call
            local inside = call_safely(message)
            pcall(flush) -- user code may have closed them
            local reply = format('{"call": %d, ', call_id) .. inside .. "}"
            if #reply > FRAME_LIMIT then
                reply = format('{"call": %d, "untold": "result: %s"}', call_id, TOO_LARGE)
            end
            call_id = 0
            link.write(reply)
        end
    until message.op and not keep
    os_exit(0)
end

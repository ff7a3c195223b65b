-- What a lease is, and how it ends.
-- Surprising: what ended stays in its place, as a tab and the reason, so that its id takes no second seat.

-- A live lease is a line: since, holder, seat key, seats, draws, user, device, and the facts that its events tell, the
-- flag it was granted with last.
local LEASE = "^(%d+)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$"
-- What an event tells of a lease: no holder, user or device, for an event outlives them.
local function told(since, seats, draws, facts) return since .. "\t" .. seats .. "\t" .. draws .. "\t" .. facts end
local function live(record) return record and sub(record, 1, 1) ~= "\t" end
local function heldBy(record, holder) return match(record, "^%d+\t([^\t]*)") == holder end

local seatOf = {} -- seat key -> "leases seats draws", or false; read when first needed, written last
local function seat(key)
  if seatOf[key] == nil then seatOf[key] = call("HGET", SEATS, key) end
  return seatOf[key]
end
-- Many values at once. Lua passes at most some 8,000 arguments.
local function each(command, key, list, n)
  for first = 1, n, 4000 do call(command, key, unpack(list, first, min(first + 3999, n))) end
end

-- Forget ended ids when that is long ago, or there are many. One that expired may have come back: that is looked at first.
local remembered = tonumber(state[16] or 0)
for _ = 1, 3 do -- a call adds at most two entries to the list, so it takes off at most three
  local head = remembered > 0 and call("LINDEX", ENDED, 0)
  if not head then break end
  local endedAt, kind, ids = match(head, "^(%d+) (%a+)\n(.*)$")
  if vnow - endedAt < rememberMs and remembered <= rememberMost then break end
  local list, n = {}, 0
  for id in gmatch(ids, "[^\n]+") do n = n + 1; list[n] = id end
  call("LPOP", ENDED)
  remembered = remembered - n
  if kind == "expired" then
    local values, still = call("HMGET", LEASES, unpack(list)), {}
    for i = 1, n do if values[i] == "\texpired" then still[#still + 1] = list[i] end end
    list = still
  end
  each("HDEL", LEASES, list, #list)
end

-- End one lease: its seats go back at once, the rest is written by `remember` for all that ended.
local endedIds, tombstones = {}, {}
local function finish(id, record, why, word)
  local since, _, key, seats, draws, _, _, facts = match(record, LEASE)
  local moved = "-" .. seats
  if key == "" then draw(draws, moved)
  else
    local sharers, drawn = match(seat(key), "^(%d+) (.*)$")
    if sharers == "1" then seatOf[key] = false; draw(draws, moved)
    else seatOf[key] = format("%d ", sharers - 1) .. drawn; moved = "0" end
  end
  local n = #endedIds
  endedIds[n + 1] = id
  tombstones[2 * n + 1] = id; tombstones[2 * n + 2] = "\t" .. why
  event("ended", id, moved, word, told(since, seats, draws, facts))
end
local function remember(kind)
  local n = #endedIds
  if n == 0 then return end
  each("HSET", LEASES, tombstones, 2 * n); each("ZREM", DUE, endedIds, n)
  call("RPUSH", ENDED, format("%d ", vnow) .. kind .. "\n" .. concat(endedIds, "\n"))
  remembered = remembered + n
  endedIds, tombstones = {}, {}
end

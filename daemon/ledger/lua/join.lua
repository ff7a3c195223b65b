-- Say that a daemon records what happens, and where it writes that down; again before so many milliseconds are over.
-- Surprising: it is refused while another one, which was heard of since, writes to another history: the two would share the
-- events between them, and neither history would be whole.
local RECORDERS = KEYS[1]
local history, recorder, ttlMs = unpack(ARGV)
local time = redis.call("TIME")
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("ZREMRANGEBYSCORE", RECORDERS, "-inf", string.format("%d", nowMs - tonumber(ttlMs)))
local recorders = redis.call("ZRANGE", RECORDERS, 0, -1)
for i = 1, #recorders do
  if string.match(recorders[i], "^%S+") ~= history then return { "other", recorders[i] } end
end
redis.call("ZADD", RECORDERS, string.format("%d", nowMs), history .. " " .. recorder)
return { "joined", unpack(redis.call("ZRANGE", RECORDERS, 0, -1)) }

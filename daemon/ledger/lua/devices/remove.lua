-- Forget a computer's key, and a token by which it could be enrolled again; that it had one is listed for a while.
-- Surprising: the count of changes grows even where nothing is left to forget: whoever asks twice never heard the answer, and
-- the daemons may not have heard of it either.
local TOKEN, DEVICES, CHANGES, REVOKED = unpack(KEYS)
local device, channel, keptMs, most = unpack(ARGV)
local time = redis.call("TIME")
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call("HGET", DEVICES, device)
if kept then
  local registration = cjson.decode(kept)
  registration.revokedAtMs = nowMs
  redis.call("ZADD", REVOKED, string.format("%d", nowMs), cjson.encode(registration))
end
redis.call("ZREMRANGEBYSCORE", REVOKED, "-inf", string.format("%d", nowMs - keptMs))
redis.call("ZREMRANGEBYRANK", REVOKED, 0, -1 - most)
local tokens, keys = redis.call("DEL", TOKEN), redis.call("HDEL", DEVICES, device)
redis.call("INCR", CHANGES)
redis.call("PUBLISH", channel, "")
return tokens + keys

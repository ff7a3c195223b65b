-- Put a register in force as the next revision, if nobody else published since it was decided to.
-- Surprising: the text that was in force before stays beside it, so that a page can show the difference.
local REGISTER = KEYS[1]
local expected, revision, text, files, author, channel = unpack(ARGV)
local inForce = redis.call("HMGET", REGISTER, "revision", "text")
if (inForce[1] or "0") ~= expected then return { "stale", inForce[1] or "0" } end
local time = redis.call("TIME")
redis.call("HSET", REGISTER, "revision", revision, "text", text, "files", files, "author", author,
  "previousText", inForce[2] or "", "atMs", string.format("%d", time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call("PUBLISH", channel, revision)
return { "published", revision }

-- Forget a computer's key, and a token by which it could be enrolled again.
-- Surprising: the count of changes grows even where nothing is left to forget: whoever asks twice never heard the answer, and
-- the daemons may not have heard of it either.
local TOKEN, DEVICES, CHANGES = unpack(KEYS)
local device, channel = unpack(ARGV)
local tokens, keys = redis.call("DEL", TOKEN), redis.call("HDEL", DEVICES, device)
redis.call("INCR", CHANGES)
redis.call("PUBLISH", channel, "")
return tokens + keys

-- Put a computer's next key in the place of the one that it has, if it still has that one.
-- Surprising: the key before is remembered, so that a computer which never heard the answer may ask again.
local DEVICES = KEYS[1]
local device, publicKey, nextKey = unpack(ARGV)
local kept = redis.call("HGET", DEVICES, device)
if not kept then return "unknown" end
local registration = cjson.decode(kept)
if registration.publicKey ~= publicKey then return "unknown" end
registration.publicKey, registration.previousKey = nextKey, publicKey
redis.call("HSET", DEVICES, device, cjson.encode(registration))
return "rotated"

-- Note the last day on which a computer came in by its key.
-- Surprising: only for the enrolment by which it came in, so that one which was ended meanwhile is not written back.
local DEVICES = KEYS[1]
local device, enrolment, day = unpack(ARGV)
local kept = redis.call("HGET", DEVICES, device)
if not kept then return 0 end
local registration = cjson.decode(kept)
if registration.enrolment ~= enrolment or registration.lastSeen == day then return 0 end
registration.lastSeen = day
redis.call("HSET", DEVICES, device, cjson.encode(registration))
return 1

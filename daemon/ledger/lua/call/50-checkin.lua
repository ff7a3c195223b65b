-- Give a lease back. Only its holder may.
-- Surprising: one that has ended already is no error, so that a checkin may be repeated.
if checkins > 0 then
  local held = call("HMGET", LEASES, unpack(ARGV, checkinIds + 1, checkinIds + checkins))
  for i = 1, checkins do
    local record = held[i]
    if not live(record) then answers[i] = "gone"
    elseif not heldBy(record, ARGV[checkinHolders + i]) then answers[i] = "not_holder"
    else
      local why = checkinWhys and ARGV[checkinWhys + i] or "checked_in"
      finish(ARGV[checkinIds + i], record, why, why)
      answers[i] = "returned"
    end
  end
  remember("ended")
end

-- Give a lease back, or give up waiting for one. Only its holder may.
-- Surprising: one that has ended already is no error, so that a checkin may be repeated; and one that was lost is given back
-- before it could be rebuilt.
if checkins > 0 then
  local held = call("HMGET", LEASES, unpack(ARGV, checkinIds + 1, checkinIds + checkins))
  for i = 1, checkins do
    local id, holder, record, kind = ARGV[checkinIds + i], ARGV[checkinHolders + i], held[i], kindOf(held[i])
    if kind == "waiting" or kind == "offered" then
      local request = asked(record)
      if match(request, "^[^\t]*") ~= holder then answers[i] = "not_holder"
      else
        stopWaiting(id, record)
        event("abandoned", id, "0", "given_up", toldOf(request))
        bury(id, "checked_in")
        answers[i] = "returned"
      end
    elseif not live(record) then
      if tally.lost > 0 and not record then bury(id, "checked_in") end
      answers[i] = "gone"
    elseif not heldBy(record, holder) then answers[i] = "not_holder"
    else
      local why = checkinWhys and ARGV[checkinWhys + i] or ""
      if why == "" then why = "checked_in" end -- the column is there because of another one in this call
      finish(id, record, why, why)
      answers[i] = "returned"
    end
  end
  remember("ended")
end

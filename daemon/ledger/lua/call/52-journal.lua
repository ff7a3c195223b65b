-- What a computer used while nobody could be asked, and tells afterwards.
-- Surprising: told twice, through whichever daemon, it counts once; it decides nothing and moves no seat, for it is over;
-- and a lease that is in force still ends here, for usage at the moment that is told, so that nothing counts twice.
if journals > 0 then
  local GIVEN_BACK = { checked_in = true, program_exited = true, program_crashed = true, borrow_returned = true }
  call("ZREMRANGEBYSCORE", JOURNAL, "-inf", nowMs)
  local held, answered = call("HMGET", LEASES, unpack(ARGV, journalIds + 1, journalIds + journals)), #answers
  for i = 1, journals do
    local id, record, kind = ARGV[journalIds + i], held[i], kindOf(held[i])
    local holder, untilMs, heldMs, reason, why, told = match(ARGV[journalRecords + i],
      "^([^\t]*)\t(%d+)\t(%d+)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local answer = "told"
    if call("ZSCORE", JOURNAL, id) or GIVEN_BACK[kind] then answer = "known"
    elseif live(record) and not heldBy(record, holder) then answer = "not_holder"
    else
      call("ZADD", JOURNAL, format("%d", nowMs + journalMs), id)
      if live(record) then
        answer = "ended"
        finish(id, record, why, why .. " 0 " .. untilMs)
      else event("journalled", id, "0", concat({ reason, untilMs, heldMs, why }, " "), told) end
    end
    answers[answered + i] = answer
  end
  call("ZREMRANGEBYRANK", JOURNAL, 0, -journalMost - 1)
  remember("ended")
end

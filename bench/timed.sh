# Starts what it is told, and says on stdout how many microseconds that took. Bash has the time without starting anything.
began=$EPOCHREALTIME
"$@" </dev/null >/dev/null
exit=$?
ended=$EPOCHREALTIME
echo $((${ended/[.,]/} - ${began/[.,]/}))
exit $exit

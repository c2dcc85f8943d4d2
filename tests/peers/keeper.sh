# Runs a server until the standard input ends: when the test is done with it, or gone. "$@" is the server.
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{
  read -r _ <&3
  kill -TERM "$server"
  rounds=25
  while [ "$rounds" -gt 0 ] && kill -0 "$server"; do
    rounds=$((rounds - 1))
    sleep 0.2
  done
  kill -KILL "$server"
} 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
wait "$watcher"
exit "$status"

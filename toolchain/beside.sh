# beside.sh, sourced: run_beside COMMAND... runs a command as a child with stdin and SIGINT as they were, passes SIGTERM on
# and exits with its code. (A shell that starts a job with & takes both from it; one that waits for a job in the foreground
# is deaf to SIGTERM meanwhile.) The terminal's Ctrl-C reaches the command by itself. `forward` says who gets SIGTERM.
run_beside() {
  exec 3<&0
  env --default-signal=INT,QUIT "$@" <&3 3<&- &
  child=$!
  exec 3<&- < /dev/null
  trap forward TERM HUP
  trap : INT QUIT
  while code=0; wait "$child" || code=$?; kill -0 "$child" 2> /dev/null; do :; done # a signal ends wait before its time
  exit "$code"
}

# shellcheck shell=bash
# The units of all nodes: which run where, and which should. What should run is a key in etcd; the placement on the workers
# does the rest.

kinds='mongodb.service mongodb-discovery.service guestbook-http@*.service guestbook-http-discovery@*.service
    proxyd.socket proxyd.service etcd.service prometheus.service placement.service'

unit_name() {
    local unit=${1%.service}
    [[ $unit =~ ^(mongodb|mongodb-discovery|guestbook-http@[1-9][0-9]{0,2}|guestbook-http-discovery@[1-9][0-9]{0,2})$ ]] ||
        fail "there is no unit '$1' to be placed; there are mongodb, guestbook-http@N and their sidekicks mongodb-discovery," \
            "guestbook-http-discovery@N, N from 1 to 999; nodes are: ${nodes[*]}"
    echo "$unit"
}

etcd() {
    in_node etcd-1 etcdctl --command-timeout=3s "$@" ||
        fail "etcd on etcd-1 does not answer; is it halted? demo/cluster status tells"
}

# The node that a unit is active on.
node_of() {
    local node
    for node in "${nodes[@]}"; do
        if [[ $(in_node "$node" systemctl is-active "$1" 2>/dev/null) == active ]]; then
            echo "$node"
            return
        fi
    done
    return 1
}

do_start() {
    if [[ -n ${addresses[$1]:-} ]]; then
        boot "$1"
        return
    fi
    local unit node deadline=$((SECONDS + 60))
    unit=$(unit_name "$1")
    etcd put "/demo/units/$unit" wanted >/dev/null
    until node=$(node_of "$unit"); do
        ((SECONDS < deadline)) || fail "$unit was not started within 60 s; see: demo/cluster logs placement and demo/cluster logs $unit"
        sleep 0.2
    done
    await_sidekick "$node" "$unit"
    echo "$unit runs on $node"
}

# Its own start has begun by then; this one returns when that is over: the unit is registered.
await_sidekick() {
    local sidekick
    for sidekick in $(in_node "$1" systemctl show --property=Wants --value "$2"); do
        [[ $sidekick != *-discovery* ]] || in_node "$1" systemctl start "$sidekick"
    done
}

do_stop() {
    local unit deadline=$((SECONDS + 90))
    unit=$(unit_name "$1")
    etcd del "/demo/units/$unit" >/dev/null
    etcd del "/demo/placed/$unit" >/dev/null # the next start looks for a place anew
    while node_of "$unit" >/dev/null; do
        ((SECONDS < deadline)) || fail "$unit did not stop within 90 s; see: demo/cluster logs $unit"
        sleep 0.2
    done
    echo "$unit is stopped"
}

do_restart() {
    local node
    node=$(node_of "$1") || fail "$1 runs nowhere; demo/cluster units lists what does"
    in_node "$node" systemctl restart "$1"
    await_sidekick "$node" "$1"
    echo "$1 is restarted on $node"
}

do_logs() {
    local unit=$1 node readers=()
    shift
    for node in "${nodes[@]}"; do
        if is_running "$node" && [[ -n $(in_node "$node" journalctl --quiet --lines=1 --unit="$unit") ]]; then
            in_node "$node" journalctl --quiet --no-pager --no-hostname --unit="$unit" "$@" | sed -u "s/^/$node  /" &
            readers+=($!)
        fi
    done
    ((${#readers[@]} > 0)) || fail "no running node has a journal of '$unit'"
    wait "${readers[@]}"
}

show_units() {
    local node unit load active sub rest
    {
        echo "UNIT NODE ACTIVE SUB"
        for node in "${nodes[@]}"; do
            is_running "$node" || continue
            # shellcheck disable=SC2086
            in_node "$node" systemctl list-units --all --plain --no-legend --full $kinds 2>/dev/null |
                while read -r unit load active sub rest; do
                    echo "$unit $node $active $sub"
                done
        done | sort
    } | column -t
}

show_status() {
    local node
    {
        echo "NODE|ADDRESS|STATE|RUNS"
        for node in "${nodes[@]}"; do
            # shellcheck disable=SC2086
            echo "$node|${addresses[$node]}|$(state_of "$node")|$(in_node "$node" systemctl list-units --state=active --plain \
                --no-legend --full $kinds 2>/dev/null | sed -n 's/^\(.*\)\.service .*/\1/p' | grep -v -e -discovery -e '^placement$' | paste -sd ' ')"
        done
    } | column -t -s '|'
    echo
    echo "proxyd answers on http://$(<"$state/listen")/"
}

# Up means: etcd answers, the workers are known to it, proxyd serves (503 without a backend), Prometheus is ready.
await_ready() {
    local deadline=$((SECONDS + 60)) listen
    listen=$(<"$state/listen")
    await "etcd" "$deadline" in_node etcd-1 etcdctl --command-timeout=2s get /
    await "proxyd" "$deadline" answers "$listen"
    await "the workers" "$deadline" workers_known
    await "Prometheus" "$deadline" in_node commander /usr/bin/python3 -c \
        'import urllib.request; urllib.request.urlopen("http://127.0.0.1:9090/-/ready", timeout=2)'
}

await() {
    local what=$1 deadline=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || fail "$what did not get ready in time; see demo/cluster status"
        sleep 0.1
    done
    echo "  $what: ready"
}

# In a shell of its own, which a connection that fails ends.
answers() (
    exec 3<>"/dev/tcp/${1%:*}/${1##*:}"
    printf 'GET / HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n' >&3
    read -r -t 2 line <&3
    [[ $line == HTTP/1.1* ]]
)

workers_known() {
    [[ $(in_node etcd-1 etcdctl --command-timeout=2s get --prefix --keys-only /demo/nodes/ | grep -c worker-) -eq 3 ]]
}

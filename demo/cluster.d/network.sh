# shellcheck shell=bash
# The network of the nodes: a bridge in a namespace that nothing of this machine is routed to.

namespace=proxyd-demo
bridge=demo0

# The nodes and their addresses on the bridge; load and tests run at .1.
declare -A addresses=(
    [commander]=10.87.0.10
    [etcd-1]=10.87.0.11
    [worker-1]=10.87.0.21
    [worker-2]=10.87.0.22
    [worker-big-1]=10.87.0.31
)
nodes=(etcd-1 commander worker-1 worker-2 worker-big-1)

# Runs a command in the network of the nodes. Not "ip netns exec", which hides the control groups that nspawn needs.
in_network() {
    nsenter --net="/run/netns/$namespace" "$@"
}

make_network() {
    ip netns add "$namespace"
    ip -n "$namespace" link set lo up
    ip -n "$namespace" link add "$bridge" type bridge
    ip -n "$namespace" address add 10.87.0.1/24 dev "$bridge"
    ip -n "$namespace" link set "$bridge" up
}

remove_network() {
    if [[ -e /run/netns/$namespace ]]; then
        ip netns delete "$namespace"
    fi
}

# The end of a node's cable that is plugged into the bridge; the kernel takes names of up to 15 characters.
cable() {
    local name=vb-$1
    echo "${name:0:15}"
}

hosts_file() {
    local node
    echo "127.0.0.1 localhost"
    for node in "${nodes[@]}"; do
        echo "${addresses[$node]} $node"
    done
}

# Whether something on this machine listens on an address, as a connection finds out.
is_taken() {
    (exec 3<>"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null
}

# Passes connections to an address of this machine on to port 80 of the commander: the socket is opened here, the
# connections behind it in the namespace. The program is systemd's own and has only its name in common with proxyd.
forward() {
    local passer=/lib/systemd/systemd-socket-proxyd
    setsid systemd-socket-activate --listen="$1" nsenter --net="/run/netns/$namespace" \
        setpriv --reuid=65534 --regid=65534 --clear-groups \
        "$passer" --connections-max=4096 "${addresses[commander]}:80" </dev/null >"$state/forward.log" 2>&1 &
    echo $! >"$state/forward.pid"
    echo "$1" >"$state/listen"
}

stop_forwarding() {
    local pid
    if [[ -r $state/forward.pid ]]; then
        pid=$(<"$state/forward.pid")
        if [[ $(command_line "$pid") == *systemd-socket-* ]]; then
            kill "$pid" 2>/dev/null || true
        fi
    fi
}

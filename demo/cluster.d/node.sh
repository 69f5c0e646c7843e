# shellcheck shell=bash
# One node: an overlay of its own on what all are booted from, and a systemd that systemd-nspawn boots in it.

require_node() {
    [[ -n ${addresses[$1]:-} ]] || fail "there is no node '$1'; there are: ${nodes[*]}"
}

role() {
    case $1 in
    worker-big-*) echo worker-big ;;
    worker-*) echo worker ;;
    *) echo "$1" ;;
    esac
}

# Lays out a node: its root, its name, its address, and what its role adds.
make_node() {
    local node=$1 folder=$state/nodes/$1 root=$state/nodes/$1/root
    mkdir -p "$folder"/{upper,work,root}
    mount -t overlay -o "lowerdir=$base:$base_root,upperdir=$folder/upper,workdir=$folder/work" "demo-$node" "$root"
    echo "$node" >"$root/etc/hostname"
    tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
    hosts_file >"$root/etc/hosts"
    printf '[Match]\nName=host0\n\n[Network]\nAddress=%s/24\nLinkLocalAddressing=no\n' "${addresses[$node]}" \
        >"$root/etc/systemd/network/10-host0.network"
    cp -R --no-preserve=ownership "$demo/node/$(role "$node")/." "$root/"
    case $node in
    commander) enable "$root" proxyd.socket proxyd.service prometheus.service ;;
    etcd-1) enable "$root" etcd.service ;;
    *) enable "$root" placement.service ;;
    esac
}

enable() {
    local root=$1
    shift
    systemctl --quiet --root="$root" enable "$@" 2>/dev/null || fail "$root: cannot enable $*"
}

# Boots a node and returns once its systemd takes orders.
boot() {
    local node=$1 folder=$state/nodes/$1 deadline=$((SECONDS + 30))
    ! is_running "$node" || fail "$node is running"
    rm -f "$folder/partitioned"
    setsid "$demo/cluster.d/boot" "$namespace" "$bridge" "$node" "$folder/root" </dev/null >"$folder/console" 2>&1 &
    echo $! >"$folder/pid"
    until in_node "$node" systemctl is-system-running >/dev/null 2>&1 ||
        [[ $(in_node "$node" systemctl is-system-running 2>/dev/null) == @(starting|running|degraded) ]]; do
        ((SECONDS < deadline)) || fail "$node did not boot within 30 s: $(tail -n 3 "$folder/console")"
        kill -0 "$(<"$folder/pid")" 2>/dev/null || fail "$node did not boot: $(tail -n 3 "$folder/console")"
        sleep 0.1
    done
    printf '  %-13s %-11s booted\n' "$node" "${addresses[$node]}"
}

# The process id of a node's systemd, another one after each boot: the child of systemd-nspawn, the child of cluster.d/boot.
init_of() {
    local pid
    pid=$(cat "$state/nodes/$1/pid" 2>/dev/null) || return 1
    [[ $(command_line "$pid") == *" $state/nodes/$1/root "* ]] || return 1
    pid=$(pgrep --parent "$pid" --full systemd-nspawn) || return 1
    pgrep --parent "$pid"
}

command_line() {
    { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null || true
}

is_running() {
    init_of "$1" >/dev/null
}

any_node_runs() {
    local node
    for node in "${nodes[@]}"; do
        ! is_running "$node" || return 0
    done
    return 1
}

# Runs a command on a node, as root.
in_node() {
    local init node=$1
    shift
    init=$(init_of "$node") || return 125
    env -i TERM="${TERM:-dumb}" HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ETCDCTL_API=3 \
        nsenter --target "$init" --all --root --wd "$@"
}

# Ends a node at once. Its cable is pulled first: no farewell of the kernel reaches anybody, as when the power goes.
power_off() {
    local node=$1 init pid
    init=$(init_of "$node") || return 0
    pid=$(<"$state/nodes/$node/pid")
    ip -n "$namespace" link set "$(cable "$node")" down 2>/dev/null || true
    kill -KILL "$init" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null && [[ $(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null) != Z ]]; do
        sleep 0.05
    done
}

# Ends systems of earlier clusters that nobody wrote down, as after a crash of demo/cluster itself.
power_off_forgotten() {
    local nspawn
    for nspawn in $(pgrep --full "systemd-nspawn .*--directory=$state/nodes/"); do
        pkill -KILL --parent "$nspawn" || true
    done
}

remove_node() {
    local root=$state/nodes/$1/root group
    if mountpoint -q "$root"; then
        umount -l "$root"
    fi
    rmdir "/run/systemd/nspawn/propagate/$1" 2>/dev/null || true
    for group in /sys/fs/cgroup{,/systemd,/unified}/"proxyd-demo-$1"; do
        [[ ! -d $group ]] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
}

do_halt() {
    require_node "$1"
    is_running "$1" || fail "$1 is halted"
    power_off "$1"
    echo "$1 is halted"
}

do_partition() {
    require_node "$1"
    is_running "$1" || fail "$1 is halted"
    ip -n "$namespace" link set "$(cable "$1")" down
    touch "$state/nodes/$1/partitioned"
    echo "$1 is cut off; demo/cluster heal $1 ends that"
}

do_heal() {
    require_node "$1"
    is_running "$1" || fail "$1 is halted"
    ip -n "$namespace" link set "$(cable "$1")" up
    rm -f "$state/nodes/$1/partitioned"
    echo "$1 is back on the network"
}

do_ssh() {
    local node=$1
    require_node "$node"
    is_running "$node" || fail "$node is halted; start it with: demo/cluster start $node"
    shift
    if (($# > 0)); then
        in_node "$node" "$@"
    else
        in_node "$node" bash --login
    fi
}

state_of() {
    if ! is_running "$1"; then
        echo halted
    elif [[ -e $state/nodes/$1/partitioned ]]; then
        echo partitioned
    else
        echo up
    fi
}

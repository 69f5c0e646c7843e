# shellcheck shell=bash
# What all nodes are booted from: this machine's root, or a fresh Debian, and over it a layer with proxyd, installed from its
# package, the guestbook, its database and the units.

made=$demo/target # what is kept between two times up
version=$(sed -n 's|^  <version>\(.*\)</version>|\1|p' "$demo/../pom.xml" | head -n 1)
package=$demo/../proxy/target/proxyd_${version}_all.deb
guestbook=$demo/guestbook/target/guestbook-$version
mongodb=$demo/mongodb/target/mongodb-$version
from_debootstrap=
base=       # the layer
base_root=/ # what it lies on

on_debian() {
    [[ -z $from_debootstrap ]] && grep -qsx 'ID=debian' /etc/os-release
}

make_base() {
    build_programs
    if ! on_debian; then
        base_root=$made/debian
        make_debian
    fi
}

build_programs() {
    local log=$made/build.log newer
    newer=$(cd "$demo/.." && [[ -f $package && -x $guestbook/bin/guestbook && -x $mongodb/bin/mongodb ]] &&
        find pom.xml {config,discovery,proxy}/{pom.xml,src/main} proxy/src/dist demo/{guestbook,mongodb}/{pom.xml,src} systemd \
            -newer "$package" -print -quit || echo missing)
    [[ -n $newer ]] || return 0
    echo "building; the first time this downloads libraries and takes some minutes"
    mkdir -p "$made"
    (cd "$demo/.." && .mvn/maven -DskipTests -Dspotless.check.skip -pl proxy,demo/guestbook,demo/mongodb -am package) >"$log" 2>&1 ||
        { grep -E 'ERROR|BUILD' "$log" | head -n 20 >&2 && fail "the build failed; all of what it said: $log"; }
    touch "$package"
}

make_debian() {
    [[ ! -e $base_root/etc/debian_version ]] || return 0
    echo "making a fresh Debian with debootstrap; once, this takes some minutes"
    rm -rf --one-file-system "$base_root.new"
    mkdir -p "$made"
    debootstrap --variant=minbase \
        --include=systemd,systemd-sysv,dbus,iproute2,procps,python3,default-jre-headless,etcd-server,etcd-client,prometheus \
        stable "$base_root.new" >"$made/debootstrap.log" 2>&1 ||
        fail "debootstrap failed: $(tail -n 1 "$made/debootstrap.log"); all of what it said: $made/debootstrap.log"
    mv "$base_root.new" "$base_root"
}

# Fills the layer through an overlay. What this machine has enabled for itself is not started on the nodes.
make_layer() {
    local folder=$state/nodes/base
    base=$folder/upper
    echo "  proxyd, the guestbook and their units: installing"
    mkdir -p "$folder"/{upper,work,root}
    mount -t overlay -o "lowerdir=$base_root,upperdir=$base,workdir=$folder/work" demo-base "$folder/root" ||
        fail "an overlay of $base_root cannot be mounted here"
    fill_layer "$folder/root" >"$state/layer.log" 2>&1 || fail "proxyd cannot be installed: $(tail -n 5 "$state/layer.log")"
    umount "$folder/root"
}

fill_layer() {
    local root=$1
    rm -rf "$root"/etc/systemd/system/* "$root"/etc/systemd/network/* "$root"/etc/rc?.d/* "$root"/opt/{proxyd,guestbook,mongodb} \
        "$root"/var/lib/{etcd,prometheus,proxyd,mongodb,systemd/deb-systemd-helper*} "$root"/etc/{proxyd,resolv.conf,machine-id} &&
        cp -R --no-preserve=ownership "$guestbook" "$root/opt/guestbook" &&
        cp -R --no-preserve=ownership "$mongodb" "$root/opt/mongodb" &&
        cp -R --no-preserve=ownership "$demo/node/all/." "$root/" &&
        install -D -m 0755 "$demo/placement" "$root/opt/placement" &&
        sed -i 's/^hosts:.*/hosts: files/' "$root/etc/nsswitch.conf" &&
        echo "nameserver 127.0.0.1" >"$root/etc/resolv.conf" && # nobody answers there: all names are in /etc/hosts
        mkdir -p "$root/var/log/journal" &&
        cp "$package" "$root/proxyd.deb" &&
        systemd-nspawn --quiet --machine=demo-base --directory="$root" --register=no --keep-unit --private-network \
            --settings=no --link-journal=no --resolv-conf=off --timezone=off --console=pipe --as-pid2 \
            /bin/sh -ec 'dpkg --install --force-confold /proxyd.deb; rm /proxyd.deb
                systemctl --quiet disable proxyd.service proxyd.socket etcd.service prometheus.service || true
                install -d -o etcd -g etcd -m 0700 /var/lib/etcd
                chown -R prometheus: /var/lib/prometheus 2>/dev/null || install -d -o prometheus -g prometheus /var/lib/prometheus
                systemctl set-default multi-user.target
                systemctl enable systemd-networkd.service' </dev/null
}

# shellcheck shell=sh disable=SC2034,SC2154
# What the launchers in bin/ share. Sourced, not run; the caller has set $home, the folder of the distribution.
#
# Java: PROXYD_JAVA_HOME decides when it is set. Otherwise the newest of JAVA_HOME, the java on PATH and
# /usr/lib/jvm/* is taken, in this order among equals.

minimum_java=17

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# Sets $java_home and $java_version, its feature release (17, 21, 25), or ends with one line that says what is missing.
find_java() {
    java_home='' java_version=0
    if [ -n "${PROXYD_JAVA_HOME:-}" ]; then
        [ -x "$PROXYD_JAVA_HOME/bin/java" ] || fail "PROXYD_JAVA_HOME=$PROXYD_JAVA_HOME holds no bin/java"
        consider "$PROXYD_JAVA_HOME"
        [ "$java_version" -ge $minimum_java ] ||
            fail "PROXYD_JAVA_HOME=$PROXYD_JAVA_HOME is Java $java_version, $minimum_java or newer is needed"
        return
    fi
    [ -z "${JAVA_HOME:-}" ] || consider "$JAVA_HOME"
    if on_path=$(command -v java); then
        on_path=$(readlink -f "$on_path")
        consider "${on_path%/bin/java}"
    fi
    for candidate in /usr/lib/jvm/*; do
        consider "$candidate"
    done
    if [ "$java_version" -eq 0 ]; then
        fail "no Java found; install Java $minimum_java or newer (Debian: apt install openjdk-17-jre-headless)" \
            "or set PROXYD_JAVA_HOME"
    fi
    [ "$java_version" -ge $minimum_java ] ||
        fail "Java $minimum_java or newer is needed; the newest found is Java $java_version in $java_home"
}

# Takes a Java home if it is newer than what was found so far.
consider() {
    [ -x "$1/bin/java" ] || return 0
    found=$(release_value "$1" JAVA_VERSION)
    if [ -z "$found" ]; then
        found=$("$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([^"]*\)".*/\1/p')
    fi
    found=${found#1.}        # 1.8.0_392
    found=${found%%[!0-9]*}  # 25-ea, 17.0.9
    if [ "${found:-0}" -gt "$java_version" ]; then
        java_home=$1 java_version=$found
    fi
}

# The value of a key in the file "release" of a Java home; empty when there is none.
release_value() {
    [ -r "$1/release" ] || return 0
    while IFS='="' read -r key _ value _; do
        if [ "$key" = "$2" ]; then
            echo "$value"
            return
        fi
    done <"$1/release"
}

# Sets $class_path, in an order that does not depend on the file system.
find_jars() {
    class_path=''
    for jar in "$home"/lib/*.jar; do
        class_path=${class_path:+$class_path:}$jar
    done
}

# Sets $class_cache, the file that holds the classes of a program ready to run, and $cache_flag, which makes the JVM use
# it if it is there, or write it if PROXYD_CACHE_WRITE is set (bin/proxyd-warm-cache does). The name tells the program,
# the Java and the jars it was made from, so a stale one is never found; one that does not fit the JVM's options is
# left unused by the JVM, without a word.
find_class_cache() {
    cache_flag=''
    cache_folder=${PROXYD_CACHE_DIR:-$home/cache}
    [ -d "$cache_folder" ] || return 0
    # shellcheck disable=SC2012
    # Size and the time of the last change of any kind: the build gives all jars of all builds one time of modification.
    jars=$(ls -lc --full-time "$home"/lib/*.jar | cksum)
    class_cache=$cache_folder/$1-$(release_value "$java_home" JAVA_RUNTIME_VERSION)-${jars%% *}.cache
    if [ "$java_version" -ge 25 ]; then
        use=-XX:AOTCache write=-XX:AOTCacheOutput
    else
        use=-XX:SharedArchiveFile write=-XX:ArchiveClassesAtExit
    fi
    if [ -n "${PROXYD_CACHE_WRITE:-}" ]; then
        cache_flag=$write=$class_cache.new
    elif [ -s "$class_cache" ]; then
        cache_flag=$use=$class_cache
    fi
}

# Sets $java_flags to what the release of Java found makes necessary or possible.
find_java_flags() {
    java_flags='-Dfile.encoding=UTF-8 -Xlog:cds*=off'
    if [ "$java_version" -ge 24 ]; then
        # Netty calls native code and uses sun.misc.Unsafe; Java 24 and later want that said.
        java_flags="$java_flags --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
    fi
    if [ "$java_version" -ge 25 ]; then
        java_flags="$java_flags -XX:+UseCompactObjectHeaders -Xlog:aot*=off"
    fi
}

# Sets $log to how lines are logged: the journal has time and level of its own.
find_log() {
    log=terminal
    if [ -n "${JOURNAL_STREAM:-}" ] && [ "$(stat -L -c %d:%i "/proc/$$/fd/2" 2>/dev/null)" = "$JOURNAL_STREAM" ]; then
        log=journal
    fi
}

#!/bin/sh
# Makes known to Temporal the namespace that cases run in and what cases are searched by.
# May be run any number of times. Ends with 1 and a sentence if it cannot be done.
set -eu

: "${TEMPORAL_ADDRESS:?say where Temporal is, as in temporal:7233}"
namespace="${TEMPORAL_NAMESPACE:-default}"
retention="${TEMPORAL_RETENTION:-720h}"
tries="${TRIES:-60}"
pause="${PAUSE:-2}"

# Everything a case sets. One that the server does not know would stop every case for good.
keywords="LockstepProcess LockstepSite LockstepSubject LockstepState LockstepOwner"
datetimes="LockstepDue"

fail() {
    echo "namespace.sh: $*" >&2
    exit 1
}

# patiently WHAT COMMAND...: the command, again and again until it succeeds.
patiently() {
    what="$1"
    shift
    try=1
    until said="$("$@" 2>&1)"; do
        case "$said" in *"different type"*) fail "$what cannot be made: $said" ;; esac
        [ "$try" -lt "$tries" ] || fail "$what was not there after $tries tries: $said"
        try=$((try + 1))
        sleep "$pause"
    done
    echo "$what: there."
}

namespace_exists() {
    temporal operator namespace describe --namespace "$namespace"
}

make_namespace() {
    namespace_exists || temporal operator namespace create --namespace "$namespace" --retention "$retention"
}

make_search_attributes() {
    set --
    for name in $keywords; do set -- "$@" --name "$name" --type Keyword; done
    for name in $datetimes; do set -- "$@" --name "$name" --type Datetime; done
    temporal operator search-attribute create --namespace "$namespace" "$@"
}

# Temporal says yes before it can use them; only its list tells that it does.
search_attributes_known() {
    listed="$(temporal operator search-attribute list --namespace "$namespace")" || return 1
    for name in $keywords; do listed_as "$name" Keyword || return 1; done
    for name in $datetimes; do listed_as "$name" Datetime || return 1; done
}

listed_as() {
    echo "$listed" | grep -Eq "^ *$1 +$2 *$" || {
        echo "$1 is not listed as $2."
        return 1
    }
}

patiently "Namespace $namespace" make_namespace
patiently "Search attributes of $namespace" make_search_attributes
patiently "List of search attributes of $namespace" search_attributes_known

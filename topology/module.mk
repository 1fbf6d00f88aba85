# SPDX-License-Identifier: LGPL-2.1-only
# The rack map: LLDP sources, merge, graph, distances. Knows no Xen.
topology_SRCS := $(patsubst topology/%,%,$(wildcard topology/*.c))
topology_PKGS := lldpctl netsnmp libnl-3.0 libnl-route-3.0 libnl-genl-3.0
topology_LIBS :=

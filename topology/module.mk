# SPDX-License-Identifier: LGPL-2.1-only
# The rack map: LLDP sources, merge, graph, distances. Knows no Xen.
# without lldpd: no_lldpd.c in the place of these
lldpd_SRCS := source_lldpd.c source_lldpd_atoms.c lldpd_reader.c
topology_SRCS := $(filter-out no_lldpd.c,\
    $(patsubst topology/%,%,$(wildcard topology/*.c)))
topology_PKGS := lldpctl netsnmp libnl-3.0 libnl-route-3.0 libnl-genl-3.0
topology_LIBS :=

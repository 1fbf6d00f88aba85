/* SPDX-License-Identifier: LGPL-2.1-only */
/* Between the files that read switches by SNMP: version 3. */
#ifndef RACKHOP_TOPOLOGY_SOURCE_SNMP_IMPL_H
#define RACKHOP_TOPOLOGY_SOURCE_SNMP_IMPL_H

#include "topology/source.h"

#include <stdbool.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

/* NULL: there is no memory. */
netsnmp_pdu *v3_discovery_pdu(void);
/* Once in a process. */
void v3_add_nameless_user(void);
/* False: the protocol is not known, or a password does not make a key. */
bool v3_set_user(netsnmp_session *s, const struct topo_snmp_target *t);

#endif

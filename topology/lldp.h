/* SPDX-License-Identifier: LGPL-2.1-only */
/* Names the numbers that LLDP frames carry (IEEE 802.1AB-2016, clause 8.5). */
#ifndef RACKHOP_TOPOLOGY_LLDP_H
#define RACKHOP_TOPOLOGY_LLDP_H

/* LldpChassisIdSubtype of the LLDP-MIB */
enum lldp_chassis_subtype {
    LLDP_CHASSIS_COMPONENT = 1,   /* chassisComponent */
    LLDP_CHASSIS_INTERFACE_ALIAS, /* interfaceAlias */
    LLDP_CHASSIS_PORT_COMPONENT,  /* portComponent */
    LLDP_CHASSIS_MAC_ADDRESS,     /* macAddress */
    LLDP_CHASSIS_NETWORK_ADDRESS, /* networkAddress */
    LLDP_CHASSIS_INTERFACE_NAME,  /* interfaceName */
    LLDP_CHASSIS_LOCAL,           /* local */
};

/* LldpPortIdSubtype of the LLDP-MIB */
enum lldp_port_subtype {
    LLDP_PORT_INTERFACE_ALIAS = 1, /* interfaceAlias */
    LLDP_PORT_COMPONENT,           /* portComponent */
    LLDP_PORT_MAC_ADDRESS,         /* macAddress */
    LLDP_PORT_NETWORK_ADDRESS,     /* networkAddress */
    LLDP_PORT_INTERFACE_NAME,      /* interfaceName */
    LLDP_PORT_AGENT_CIRCUIT_ID,    /* agentCircuitId */
    LLDP_PORT_LOCAL,               /* local */
};

/* Address families, as IANA numbers them */
enum lldp_address_family { LLDP_ADDRESS_IPV4 = 1, LLDP_ADDRESS_IPV6 = 2 };

#endif

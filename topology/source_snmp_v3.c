/* SPDX-License-Identifier: LGPL-2.1-only */
/* SNMP version 3: the first message of a session, its user and keys. */
#include "topology/source_snmp_impl.h"

#include <stdlib.h>
#include <string.h>

/* --- the first message ----------------------------------------------------- */

/* The first message of RFC 3414, 4, without a user and an engine ID. */
netsnmp_pdu *v3_discovery_pdu(void)
{
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);

    if (!pdu)
        return NULL;
    pdu->version = SNMP_VERSION_3;
    pdu->securityName = strdup("");
    pdu->securityNameLen = 0;
    pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    pdu->securityModel = SNMP_SEC_MODEL_USM;
    return pdu;
}

/* The user of that message, which has no name, and which the library looks up
 * like any other. */
void v3_add_nameless_user(void)
{
    struct usmUser *u = usm_get_user(NULL, 0, "");

    if (u)
        return;
    u = calloc(1, sizeof *u);
    if (!u)
        return;
    u->name = strdup("");
    u->secName = strdup("");
    u->authProtocolLen = OID_LENGTH(usmNoAuthProtocol);
    u->authProtocol =
        snmp_duplicate_objid(usmNoAuthProtocol, u->authProtocolLen);
    u->privProtocolLen = OID_LENGTH(usmNoPrivProtocol);
    u->privProtocol =
        snmp_duplicate_objid(usmNoPrivProtocol, u->privProtocolLen);
    usm_add_user(u);
}

/* --- the user of a session --------------------------------------------------- */

static bool v3_derive_key(netsnmp_session *s, const char *password,
                          u_char *key, size_t *len)
{
    return generate_Ku(s->securityAuthProto, (u_int)s->securityAuthProtoLen,
                       (const u_char *)password, strlen(password), key,
                       len) == SNMPERR_SUCCESS;
}

bool v3_set_user(netsnmp_session *s, const struct topo_snmp_target *t)
{
    int type;

    s->securityName = (char *)t->user;
    s->securityNameLen = strlen(t->user);
    s->securityModel = SNMP_SEC_MODEL_USM;
    s->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    if (!t->auth)
        return true;
    s->securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV;
    type = usm_lookup_auth_type(t->auth);
    s->securityAuthProto =
        type < 0 ? NULL : sc_get_auth_oid(type, &s->securityAuthProtoLen);
    s->securityAuthKeyLen = sizeof s->securityAuthKey;
    if (!s->securityAuthProto || !t->auth_password ||
        !v3_derive_key(s, t->auth_password, s->securityAuthKey,
                       &s->securityAuthKeyLen))
        return false;
    if (!t->priv)
        return true;
    s->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    type = usm_lookup_priv_type(t->priv);
    s->securityPrivProto =
        type < 0 ? NULL : sc_get_priv_oid(type, &s->securityPrivProtoLen);
    s->securityPrivKeyLen = sizeof s->securityPrivKey;
    return s->securityPrivProto && t->priv_password &&
           v3_derive_key(s, t->priv_password, s->securityPrivKey,
                         &s->securityPrivKeyLen);
}

/* What a call came to. Read this first: every fallible function of Shunt returns it. */
#ifndef SHUNT_STATUS_H
#define SHUNT_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SHUNT_MUST_USE __attribute__((warn_unused_result))
#else
#define SHUNT_MUST_USE
#endif

/* A function of the library. Plugins have functions of these names too, of their own and hidden
 * (<shunt/calls.h>), so that only the library's own declarations say more. */
#ifdef SHUNT_LIBRARY
#define SHUNT_API __attribute__((visibility("default")))
#else
#define SHUNT_API
#endif

/*
 * The result of an operation. Out-parameters are written only on SHUNT_OK unless the function
 * states otherwise. Values are part of the plugin ABI: members are only appended.
 */
enum shunt_status {
    SHUNT_OK = 0,
    SHUNT_AGAIN,     /* not yet: more input or a later call is needed */
    SHUNT_EINVAL,    /* an argument or a setting has an impossible value */
    SHUNT_EPROTO,    /* the peer broke the protocol */
    SHUNT_ETOOBIG,   /* over a limit that a setting names */
    SHUNT_ENOMEM,    /* memory cannot be had */
    SHUNT_EFULL,     /* a bounded queue or table has no room */
    SHUNT_ESYS,      /* the system refused; errno has the reason */
    SHUNT_ENOTFOUND, /* no such thing */
    SHUNT_ESTATE,    /* not possible in the present state */
    SHUNT_ENOTSUP,   /* this build, kernel or peer cannot */
    SHUNT_EABI,      /* a plugin was built for another ABI */
    SHUNT_STATUSES   /* how many there are */
};

/* The enumerator as text, "SHUNT_OK" for SHUNT_OK; a static string, from any thread. */
static inline const char *shunt_status_name(enum shunt_status status)
{
    static const char *const names[SHUNT_STATUSES] = {
        "SHUNT_OK",        "SHUNT_AGAIN",  "SHUNT_EINVAL",  "SHUNT_EPROTO",
        "SHUNT_ETOOBIG",   "SHUNT_ENOMEM", "SHUNT_EFULL",   "SHUNT_ESYS",
        "SHUNT_ENOTFOUND", "SHUNT_ESTATE", "SHUNT_ENOTSUP", "SHUNT_EABI",
    };

    return (unsigned)status < SHUNT_STATUSES ? names[status] : "unknown status";
}

#ifdef __cplusplus
}
#endif

#endif

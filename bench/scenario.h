/* The scenarios that shunt-bench knows; main.c has the table. */
#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

enum bench_exit { BENCH_DONE = 0, BENCH_FAILED = 1, BENCH_USAGE = 2 };

/* `argv[0]` is the scenario's name; `whole_argc` and `whole_argv` are the program's, for the
 * report. The result is the program's exit status. */
int scenario_handshake(int argc, char **argv, int whole_argc, char **whole_argv);
int scenario_http(int argc, char **argv, int whole_argc, char **whole_argv);
int scenario_echo(int argc, char **argv, int whole_argc, char **whole_argv);
int scenario_idle(int argc, char **argv, int whole_argc, char **whole_argv);
int scenario_broadcast(int argc, char **argv, int whole_argc, char **whole_argv);
int scenario_churn(int argc, char **argv, int whole_argc, char **whole_argv);
int scenario_parse(int argc, char **argv, int whole_argc, char **whole_argv);
int scenario_payload(int argc, char **argv, int whole_argc, char **whole_argv);
int scenario_routes(int argc, char **argv, int whole_argc, char **whole_argv);
int scenario_upgrade(int argc, char **argv, int whole_argc, char **whole_argv);

#endif

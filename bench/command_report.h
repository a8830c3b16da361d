/* The command that draws results again. */
#ifndef BENCH_COMMAND_REPORT_H
#define BENCH_COMMAND_REPORT_H

/* `shunt-bench report FILE...`: argv[0] is the name for messages. The result is the exit status. */
int command_report(int argc, char **argv, int whole_argc, char **whole_argv);

#endif

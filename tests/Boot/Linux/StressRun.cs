using System.Text;

namespace Tierce.Boot.Tests;

/// <summary>
/// Runs stressors on one side, in a guest or natively. One boot runs few enough of them that the remains of one reach few others. The
/// machine's clock counts instructions, so the work that a stressor does in its two seconds does not depend on the host's load.
/// </summary>
/// <param name="name">Names the folders of the logs.</param>
/// <param name="native">Whether Tierce is left out.</param>
/// <param name="limit">Seconds of the guest's clock that one stressor may take. It is asked to take two.</param>
internal sealed class StressRun(string name, bool native, int limit)
{
    /// <summary>Stressors of a boot; seconds of the host's clock that it may take; boots that may end before their last stressor.</summary>
    private const int Portion = 50, BootLimit = 900, EarlyEnds = 5;

    /// <summary>
    /// An instruction is 32 ns of the machine's time, in place of the one that <c>--icount</c> makes it: two seconds are then as many
    /// instructions as QEMU runs in one second or less.
    /// </summary>
    private const string Machine = "-icount shift=5";

    /// <summary>Kernel messages that the test counts. It does not count stalls: on this slow machine the stressor itself may cause one.</summary>
    private const string Complaints = "WARNING:|BUG: [^s]|kernel BUG at|Oops|general protection fault, ";

    private readonly StressOutcomes _outcomes = new();
    private int _boots;
    private int _earlyEnds;

    /// <summary>Runs them all.</summary>
    public StressOutcomes Of(IEnumerable<string> stressors)
    {
        foreach (string[] portion in stressors.Chunk(Portion))
        {
            string[] open = portion;
            while (open.Length > 0)
            {
                IReadOnlySet<string> told = Boot(open);
                open = [.. open.Where(stressor => !told.Contains(stressor))];
                if (open.Length > 0)
                {
                    Assert.True(++_earlyEnds <= EarlyEnds, $"{name}: {EarlyEnds + 1} boots ended early, the last with {open[0]}");
                    _outcomes.Ended(open[0]);
                    open = open[1..];
                }
            }
        }

        return _outcomes;
    }

    private IReadOnlySet<string> Boot(string[] stressors)
    {
        string folder = $"{name}-{++_boots}";
        string[] side = native ? ["--native"] : [];
        string[] options = ["--icount", "--memory", "1G", "--timeout", $"{BootLimit}", "--cmdline", LinuxSelfTests.KernelWords];
        Outcome outcome = Launcher.ExecuteOn(folder, Machine, Script(stressors), [.. side, .. options, .. StressNg.Options()]);
        string said = Encoding.Latin1.GetString(outcome.Output);
        File.WriteAllText(Path.Combine(outcome.Logs, "said.txt"), said + outcome.Error);
        return _outcomes.Take(said);
    }

    /// <summary>
    /// Each stressor works in an empty file system of its own, and none can make the kernel choose the shell when memory is short. The script
    /// kills the processes of a stressor that ran out of time. It prints a stressor's own messages only if the stressor did not pass.
    /// </summary>
    private string Script(string[] stressors) => $$"""
        echo 0 >/proc/sys/debug/exception-trace
        echo -1000 >/proc/self/oom_score_adj
        mkdir -p /stress /dev/shm; mount -t tmpfs shm /dev/shm; ifconfig lo up; dmesg -c >/dev/null
        for s in {{string.Join(' ', stressors)}}; do
            mount -t tmpfs -o size=256M stress /stress
            (
                cd /stress; echo 0 >/proc/self/oom_score_adj
                exec timeout -s KILL {{limit}} stress-ng --$s 1 --timeout 2 --verify --no-rand-seed --temp-path /stress
            ) >/said 2>&1 </dev/null
            status=$?
            [ $status != 137 ] || for n in 1 2 3; do
                ls -l /proc/[0-9]*/exe 2>/dev/null | sed -n 's:.*/proc/\([0-9]*\)/exe -> /usr/bin/stress-ng.*:\1:p' | xargs -r kill -9 2>/dev/null
            done
            umount -l /stress
            dmesg -c | grep -E '{{Complaints}}' >/complaints
            echo "$s $status $(wc -l </complaints)"
            [ $status = 0 ] || grep -v 'setting to a\|dispatching\|run completed' /said | sort -u | head -n 5 | cut -c 1-200 | sed 's/^/    /'
            head -n 5 /complaints | sed 's/^/    /'
        done
        """;
}

namespace Tierce.Boot.Tests;

/// <summary>
/// An event that is raised while a page fault is answered, or notes are taken, in pieces with interrupts between them, reaches the guest at
/// once. On a kernel that stops where it would pass one over, a guest that maps and forks runs as ever.
/// </summary>
public sealed class ShortEntryTests
{
    private const int Seconds = 3;

    private static readonly (string File, string Old, string New)[] s_stops =
    [
        ("RomCalls/ShortEntries.cs", "        return cpu->Reschedule ? null : thread;\n", "        Look(cpu, vcpu);\n        return cpu->Reschedule ? null : thread;\n"),
        ("RomCalls/ShortEntries.cs", "        return cpu->Reschedule ? 1UL : 0;\n    }\n", """
                    Look(cpu, vcpu);
                    return cpu->Reschedule ? 1UL : 0;
                }

                private static void Look(PerCpu* cpu, VCpu* vcpu)
                {
                    if (vcpu->EventCheck && !cpu->Reschedule)
                    {
                        Arch.Machine.Panic("an event is passed over"u8, 0);
                    }
                }

            """),
    ];

    [Fact]
    public void EventsAreNotPassedOver() => Run("short-entries", s_stops).Expect(0).ExpectCleanLog();

    [Fact]
    public void SabotagedLookIsCaught()
    {
        Outcome outcome = Run("short-entries-sabotaged", [.. s_stops, ("Arch/X64/Machine.cs", "        VCpu.SeeEvents(ThisCpu);\n", string.Empty)]);
        Assert.NotEqual(0, outcome.Status);
        Assert.Contains("an event is passed over", File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log")), StringComparison.Ordinal);
    }

    private static Outcome Run(string name, (string File, string Old, string New)[] changes) => Launcher.Execute(
        name,
        $"/tierce/memory-stress 1 {Seconds} & /tierce/memory-stress 2 {Seconds} & wait",
        "--file",
        Path.Combine(Launcher.Root, "artifacts", "images", "memory-stress"),
        "--images",
        SabotagedKernel.Build(name, changes));
}

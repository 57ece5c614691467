using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Tierce.Soaking;
using Tierce.Tool.Bench.Interrupts;

namespace Tierce.Boot.Tests;

/// <summary>Streams over a virtio console: a guest sends back what it is sent, all of it and once, whatever happens to the driver.</summary>
public sealed class ConsoleStreamTests
{
    private const string Driver = "Tierce_Drivers_VirtioConsole_Tierce_Drivers_VirtioConsole_";
    private const string Publish = "Tierce_Runtime_Tierce_Runtime_Devices_VirtioQueue__Publish";
    private const string Restart = "Tierce_Root_Tierce_Root_SystemBuilder__RestartProgram";

    /// <summary>Bytes that the guest has sent back before the others are sent.</summary>
    private const int First = 2500;

    [Fact]
    public void AStreamArrivesWholeEachWay()
    {
        Stopwatch clock = Stopwatch.StartNew();
        byte[] sent = new byte[Soak.Amount(1, 100) << 20];
        new Random(Soak.FirstSeed).NextBytes(sent);
        string limit = Soak.IsFull ? "2400" : "180";
        Outcome outcome = Launcher.Run("console-stream", sent, "--console", "virtio", "--memory", "192M", "--timeout", limit, "--exec", "cat").Expect(0).ExpectCleanLog();
        Assert.True(sent.AsSpan().SequenceEqual(outcome.Output), "the stream did not come back whole");
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        Assert.Matches(@"tierce: bus 0\.7\.0 0x1af4:0x1043, console0\n", log);
        Soak.Record("console-stream", sent.Length, "bytes each way over a virtio console", Soak.FirstSeed, clock);
    }

    [Fact]
    public void NothingIsLostOrDoubledWhenTheDriverIsStartedAgain()
    {
        byte[] sent = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 9000).Select(number => $"line {number}\n")));

        // With a buffer half emptied, with heads that were offered and not shown, with bytes that were sent and not counted, before anything.
        (string Function, int Steps)[] places =
            [(Driver + "Reception__EmptyForOne", 90), (Publish, 3), (Driver + "Transmission__TakeBack", 40), (Driver + "Reception__Receive", 0)];
        Outcome outcome = Crashes.RunEcho(
            "console-stream-crash", sent[..First], sent[First..], stub => Crash(stub, places), "--console", "virtio", "--exec", "cat").Expect(0).ExpectCleanLog();
        Assert.Equal(Encoding.ASCII.GetString(sent), outcome.Text);
        Assert.Equal(places.Length, Regex.Count(File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log")), "driver console is started again\n"));
    }

    /// <summary>The bus logs what the device lacks. Root does not start the guest without its console.</summary>
    [Fact]
    public void ALegacyDeviceIsRefusedByName()
    {
        Outcome outcome = Launcher.ExecuteOn(
            "console-legacy", "-set device.ports.disable-legacy=off -set device.ports.disable-modern=on", "true", "--console", "virtio", "--timeout", "60").Expect(125);
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        Assert.Contains("a console, has no registers of virtio 1.0", log, StringComparison.Ordinal);
        Assert.Contains("driver console: the machine has no such device that can be used", log, StringComparison.Ordinal);
        Assert.Contains("guest guest: its console was not started", log, StringComparison.Ordinal);
    }

    private static void Crash(GdbStub stub, (string Function, int Steps)[] places)
    {
        ImageSymbols driver = Crashes.Symbols("virtioconsole");
        ulong restart = Crashes.Symbols("root")[Restart];
        foreach ((string function, int steps) in places)
        {
            // Some goes well before each crash.
            for (int i = 0; i < 5; i++)
            {
                Crashes.RunTo(stub, driver[function]);
                stub.Step();
            }

            Crashes.RunTo(stub, driver[function]);
            Crashes.Crash(stub, steps, restart);
        }

        stub.Continue();
    }
}

using System.Diagnostics;
using System.Globalization;

namespace Tierce.Boot.Tests;

/// <summary>Disks of a guest that runs: another call of the tool changes a limit, plugs a disk, takes it away, and plugs it again.</summary>
public sealed class DiskControlTests
{
    private const int LowLimit = 100, HighLimit = 200;

    /// <summary>Seconds by the guest's clock: of all samples at least and at most, and of the time in which a limit is reached.</summary>
    private const int FewestSeconds = 6, MostSeconds = 90, Window = 1;

    /// <summary>
    /// The guest reads without pause, and samples the number of its operations, with its uptime before and after. At a word from the host it goes on. It holds the second disk open while that goes, and then reads nothing from it that it had not read before.
    /// </summary>
    private static readonly string s_script = $$"""
        samples() { sleep 1; while :; do
            read t rest </proc/uptime; read n rest </sys/block/xvda/stat; read u rest </proc/uptime; echo $t $n $u; usleep 250000; done; }
        for reader in 1 2 3; do while :; do dd if=/dev/xvda of=/dev/null bs=4096 iflag=direct 2>/dev/null; done & done
        echo ready; read word; samples & read word; kill $!; wait $!
        echo slow; read word; samples & read word; kill $(jobs -p); wait
        ls /sys/block; read word
        until [ -b /dev/xvdb ]; do usleep 50000; done
        echo kept | dd of=/dev/xvdb bs=512 seek=9 conv=sync,fsync 2>/dev/null
        dd if=/dev/xvdb bs=512 skip=9 count=1 iflag=direct 2>/dev/null | head -n 1
        exec 3</dev/xvdb; echo open; read word
        while [ -e /sys/block/xvdb ]; do usleep 50000; done
        dd bs=512 skip=4000 count=1 <&3 2>/dev/null | wc -c
        exec 3<&-; ls /sys/block; read word
        until [ -b /dev/xvdb ]; do usleep 50000; done
        dd if=/dev/xvdb bs=512 skip=9 count=1 iflag=direct 2>/dev/null | head -n 1
        """;

    [Fact]
    public void LimitsAndDisksChangeWhileTheGuestRuns()
    {
        using DiskImage first = new(4);
        using DiskImage second = new(4);
        using Guest guest = new("disk-control", first, second);
        guest.Expect("ready");
        guest.Disk("limit", "a", "xvda", "--operations", $"{LowLimit}");
        guest.Continue();
        ExpectRate(guest, LowLimit);
        guest.Continue();
        guest.SkipTo("slow");
        guest.Disk("limit", "a", "xvda", "--operations", $"{HighLimit}");
        guest.Continue();
        ExpectRate(guest, HighLimit);
        guest.Continue();
        guest.SkipTo("xvda");
        Assert.Equal($"a xvda connected rw driver=disk0 ops={HighLimit} bytes=0\na xvdb unplugged rw driver=disk1 ops=0 bytes=0\n", guest.Disk("list"));

        guest.Disk("plug", "a", "xvdb");
        guest.Continue();
        guest.Expect("kept");
        guest.Expect("open");
        Assert.Contains("a xvdb connected", guest.Disk("list"), StringComparison.Ordinal);
        guest.Disk("unplug", "a", "xvdb");
        guest.Continue();
        guest.Expect("0");
        guest.Expect("xvda");
        Assert.True(SpinWait.SpinUntil(() => guest.Disk("list").Contains("a xvdb unplugged", StringComparison.Ordinal), TimeSpan.FromMinutes(1)), "the disk stays");
        guest.Disk("plug", "a", "xvdb");
        guest.Continue();
        guest.Expect("kept");
        guest.ExpectEnd();
    }

    /// <summary>
    /// The guest never gets more, and it gets all in a second of its clock. In others the host may have kept the machine from running for longer
    /// than a client can save up.
    /// </summary>
    private static void ExpectRate(Guest guest, int limit)
    {
        List<(decimal Before, decimal Operations, decimal After)> samples = [];
        bool isReached = false;
        decimal seconds = 0;
        while (seconds < FewestSeconds || (!isReached && seconds < MostSeconds))
        {
            decimal[] words = [.. guest.ReadLine().Split(' ').Select(word => decimal.Parse(word, CultureInfo.InvariantCulture))];
            isReached |= samples.Exists(first => words[2] - first.Before >= Window && words[1] - first.Operations >= limit * 0.98m * (words[2] - first.Before));
            samples.Add((words[0], words[1], words[2]));
            seconds = words[2] - samples[0].Before;
        }

        Assert.True(isReached, $"the guest has less than {limit} operations in each second: {string.Join(' ', samples)}");
        Assert.InRange((samples[^1].Operations - samples[0].Operations) / seconds, 0, limit * 1.02m);
    }

    /// <summary>The machine, and the calls of the tool that control it.</summary>
    private sealed class Guest : IDisposable
    {
        private readonly Process _process;
        private readonly Task<string> _error;

        public Guest(string name, DiskImage first, DiskImage second)
        {
            string file = Path.Combine(Launcher.Root, "artifacts", "logs", name + ".yaml");
            File.WriteAllText(file, $$"""
                guests:
                  - name: a
                    memory: 128M
                    disks: [{file: {{first.Path}}}, {file: {{second.Path}}, plugged: false}]
                    exec: |
                      {{s_script.ReplaceLineEndings("\n          ")}}
                """);
            _process = Start("run", "--logs", Path.Combine(Launcher.Root, "artifacts", "logs", name), "--timeout", "280", "--guests-file", file);
            _error = _process.StandardError.ReadToEndAsync();
        }

        public string ReadLine() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the guest ended: " + _error.Result);

        public void Expect(string line) => Assert.Equal(line, ReadLine());

        /// <summary>Reads lines up to one that begins with no digit, which must be this.</summary>
        public void SkipTo(string line)
        {
            string next = ReadLine();
            while (char.IsAsciiDigit(next[0]))
            {
                next = ReadLine();
            }

            Assert.Equal(line, next);
        }

        /// <summary>Lets the guest go on.</summary>
        public void Continue()
        {
            _process.StandardInput.Write("on\n");
            _process.StandardInput.Flush();
        }

        /// <summary>Calls <c>./tierce disk</c> for this machine. The launcher becomes the tool, so the process has the run's number.</summary>
        public string Disk(params string[] arguments)
        {
            using Process process = Start(["disk", .. arguments, "--run", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            process.StandardInput.Close();
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, error.Result);
            return output;
        }

        public void ExpectEnd()
        {
            Assert.Null(_process.StandardOutput.ReadLine());
            _process.WaitForExit();
            Assert.True(_process.ExitCode == 0, _error.Result);
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.WaitForExit();
            _process.Dispose();
        }

        private static Process Start(params string[] arguments)
        {
            ProcessStartInfo start = new(Path.Combine(Launcher.Root, "tierce"), arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Launcher.Root,
            };
            start.Environment["TIERCE_NO_BUILD"] = "1";
            start.Environment[Launcher.GuestOptions] = Launcher.NoSelfTests;
            return Process.Start(start)!;
        }
    }
}

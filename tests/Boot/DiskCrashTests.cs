using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tierce.Soaking;

namespace Tierce.Boot.Tests;

/// <summary>
/// Nothing that a guest was told is stable is missing after a crash of the machine, at any point and with any of the writes lost that were
/// not stable yet. A guest works on a file system and makes each record stable; then it writes the record's number to a sector of its own
/// after the file system, which is the acknowledgement. QEMU logs the writes and flushes of its disk. From the log come states in which a crash may leave
/// the disk. In each the journal is replayed, the file system must be whole, and every acknowledged record must be there.
/// </summary>
public sealed class DiskCrashTests
{
    private const int Mebibytes = 8, FileSystemKilobytes = 7 << 10, AckSector = FileSystemKilobytes * 2, Records = 24;

    /// <summary>Records are new files, renamed ones, and longer ones, in turn; their contents name them.</summary>
    private static readonly string s_work = $$"""
        stable() { dd if=/dev/null of=$1 conv=notrunc,fsync 2>/dev/null || exit 2; }
        mkdir /mnt; mount -t ext4 /dev/xvda /mnt || exit 1; i=1
        while [ $i -le {{Records}} ]; do
            yes "record $i" | head -n $((i * 40)) >/data
            case $((i % 3)) in
                0) dd if=/data of=/mnt/r$i conv=fsync 2>/dev/null;;
                1) cp /data /mnt/tmp; stable /mnt/tmp; mv /mnt/tmp /mnt/r$i; stable /mnt/r$i;;
                *) head -n 7 /data >/mnt/r$i; tail -n +8 /data >>/mnt/r$i; stable /mnt/r$i;;
            esac
            printf '%08d' $i | dd of=/dev/xvda bs=512 seek={{AckSector}} conv=sync,notrunc oflag=direct 2>/dev/null
            rm -f /mnt/r$((i - 9)); i=$((i+1))
        done
        echo done
        """;

    [Fact]
    public void NoAcknowledgedRecordIsMissingAfterACrash()
    {
        Stopwatch clock = Stopwatch.StartNew();
        int images = Soak.Amount(200, 10_000);
        DiskLog log = Work("disk-crash");
        Assert.InRange(log.Entries.Count(entry => entry.IsFlush), Records, int.MaxValue);
        Assert.InRange(log.Entries.Count, 5 * Records, int.MaxValue);
        Parallel.For(0, images, new ParallelOptions { MaxDegreeOfParallelism = 2 }, image => Assert.Null(Problem(log, Soak.FirstSeed + image)));
        Soak.Record("disk-crash-images", images, "images of a disk after a crash", Soak.FirstSeed, clock);
    }

    /// <summary>A driver that answers a flush without the device loses records.</summary>
    [Fact]
    public void AFlushThatIsAnsweredEarlyIsNoticed()
    {
        string images = SabotagedKernel.BuildProgram(
            "disk-early-flush", "Drivers/VirtioBlock", ("BlockDriver.cs", "(_features & BlockFeatures.Flush) == 0", "_features >= 0"));
        DiskLog log = Work("disk-early-flush", "--images", images);
        Assert.Contains(Enumerable.Range(1, 60), seed => Problem(log, seed) is not null);
    }

    /// <summary>Runs the guest on a new file system; returns what the disk was told.</summary>
    private static DiskLog Work(string name, params string[] arguments)
    {
        using DiskImage disk = new(Mebibytes);
        Call("mke2fs", "-q", "-t", "ext4", "-b", "1024", "-J", "size=1", "-E", "lazy_itable_init=0,lazy_journal_init=0", disk.Path, $"{FileSystemKilobytes}");
        byte[] before = disk.Read();
        string log = Path.Combine(Directory.CreateDirectory(Path.Combine(Launcher.Root, "artifacts", "logs", name)).FullName, "disk.log");
        File.Delete(log);
        File.WriteAllBytes(log, []);
        Outcome outcome = Launcher.ExecuteOn(
            name,
            $"-set drive.disk0.format=blklogwrites -set drive.disk0.log.driver=file -set drive.disk0.log.filename={log}",
            s_work,
            ["--disk", disk.Path, .. arguments]);
        Assert.Equal("done\n", outcome.Expect(0).Text);
        return new DiskLog(before, log);
    }

    /// <summary>Makes one state after a crash; returns what is wrong with it.</summary>
    private static string? Problem(DiskLog log, int seed)
    {
        Random random = new(seed);
        int end = random.Next(log.Entries.Count + 1);
        int loss = random.Next(3);
        byte[] disk = log.Crash(end, _ => loss == 0 || (loss == 1 && random.Next(2) == 0));
        int acknowledged = 0;
        foreach (DiskLogEntry entry in log.Entries.Take(end).Where(entry => !entry.IsFlush && entry.Sector == AckSector))
        {
            acknowledged = int.Parse(entry.Data.AsSpan(0, 8), CultureInfo.InvariantCulture);
        }

        string folder = Directory.CreateTempSubdirectory("tierce-crash").FullName;
        try
        {
            string image = Path.Combine(folder, "disk.img");
            File.WriteAllBytes(image, disk);
            string words = $"seed {seed}: crash before entry {end} of {log.Entries.Count}";
            (int status, string said) = Try("e2fsck", "-fp", image);
            if (status > 1)
            {
                return $"{words}: the file system cannot be repaired: {said}";
            }

            (status, said) = Try("e2fsck", "-fn", image);
            return status != 0 ? $"{words}: the file system is damaged: {said}" : Missing(words, image, folder, acknowledged);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Records are removed nine later: an older one may be there or not.</summary>
    private static string? Missing(string words, string image, string folder, int acknowledged)
    {
        string files = Path.Combine(folder, "files");
        Directory.CreateDirectory(files);
        Call("debugfs", "-R", $"rdump / {files}", image);
        for (int i = Math.Max(1, acknowledged - 7); i <= acknowledged; i++)
        {
            string path = Path.Combine(files, $"r{i}");
            string expected = new StringBuilder().Insert(0, $"record {i}\n", i * 40).ToString();
            if (!File.Exists(path) || File.ReadAllText(path) != expected)
            {
                return $"{words}: record {i} of {acknowledged} is {(File.Exists(path) ? "damaged" : "missing")}";
            }
        }

        return null;
    }

    private static void Call(string program, params string[] arguments)
    {
        (int status, string said) = Try(program, arguments);
        Assert.True(status == 0, $"{program}: status {status}: {said}");
    }

    private static (int Status, string Said) Try(string program, params string[] arguments)
    {
        Outcome outcome = Launcher.Call(string.Empty, [], null, program, arguments);
        return (outcome.Status, outcome.Text + outcome.Error);
    }
}

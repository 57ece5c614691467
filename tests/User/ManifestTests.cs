using System.Text;
using Tierce.Abi;
using Tierce.Hosted;
using Tierce.Root;

namespace Tierce.User;

public sealed class ManifestTests
{
    private const string Good = """
        # a machine
        [machine]
        exit-port=0xf4

        [driver console]
        image = console
        irq=4
        ports=0x3f8-0x3ff
        budget=40
        restart=on-crash
        [application clock]
        image=clock
        priority=3
        memory=1M
        [guest debian]
        monitor=monitor
        rom=rom
        kernel=kernel
        initrd=initrd
        memory=512M
        cmdline=console=hvc0 quiet  a=b
        console=console
        on-end=exit
        """;

    [Fact]
    public void A_whole_manifest_is_understood()
    {
        byte[] text = Encoding.ASCII.GetBytes(Good);
        Span<ProgramEntry> programs = new ProgramEntry[4];
        Span<GuestEntry> guests = new GuestEntry[4];
        var parser = new ManifestParser(text, programs, guests, new ManifestError[4]);
        Assert.True(parser.Parse());
        Assert.Equal(0xf4, parser.Machine.ExitPort);
        Assert.Equal(2, parser.ProgramCount);
        Assert.Equal(1, parser.GuestCount);
        Assert.Equal("console", Encoding.ASCII.GetString(programs[0].Image.In(text)));
        Assert.Equal((4, 0x3f8, 8U, -1), (programs[0].Interrupt, programs[0].FirstPort, programs[0].PortCount, programs[0].Priority));
        Assert.Equal((40U, RestartPolicy.OnCrash, 100U, RestartPolicy.Never), (programs[0].BudgetPercent, programs[0].Restart, programs[1].BudgetPercent, programs[1].Restart));
        Assert.Equal((0UL, 1UL << 20), (programs[0].MemoryBytes, programs[1].MemoryBytes));
        Assert.Equal((-1, 0U, 3, false), (programs[1].Interrupt, programs[1].PortCount, programs[1].Priority, programs[1].IsDriver));
        Assert.Equal("debian", Encoding.ASCII.GetString(guests[0].Name.In(text)));
        Assert.Equal("console=hvc0 quiet  a=b", Encoding.ASCII.GetString(guests[0].CommandLine.In(text)));
        Assert.Equal(512UL << 20, guests[0].MemoryBytes);
        Assert.True(guests[0].ExitOnEnd);
    }

    private const string Disks = """
        [driver bus]
        image=bus
        bus=pci
        [driver disk0]
        image=virtioblock
        device=block:0
        [driver disk1]
        image=virtioblock
        device=block:1
        [guest a]
        monitor=m
        rom=r
        kernel=k
        memory=1M
        block-back=b
        disk=disk0:first=100:sectors=50
        disk=disk1:ro
        [guest b]
        monitor=m
        rom=r
        kernel=k
        memory=1M
        block-back=b

        """;

    [Fact]
    public void A_part_of_a_disk_and_its_limits()
    {
        byte[] text = Encoding.ASCII.GetBytes(Disks + "disk=disk0:ro:unplugged:first=0x1000:sectors=4K:ops=100:bytes=2M\ndisk=disk1:ro:ops=0");
        Span<GuestEntry> guests = new GuestEntry[2];
        var parser = new ManifestParser(text, new ProgramEntry[4], guests, new ManifestError[4]);
        Assert.True(parser.Parse());
        GuestDisk disk = guests[1].Disks[0];
        Assert.Equal("disk0", Encoding.ASCII.GetString(disk.Driver.In(text)));
        Assert.Equal((true, 4096UL, 4096UL, 100UL, 2UL << 20), (disk.ReadOnly, disk.FirstSector, disk.Sectors, disk.Operations, disk.Bytes));
        Assert.Equal((true, false), (disk.Unplugged, guests[1].Disks[1].Unplugged));
        Assert.Equal((true, 0UL, 0UL, 0UL, 0UL), (guests[1].Disks[1].ReadOnly, guests[1].Disks[1].FirstSector, guests[1].Disks[1].Sectors, guests[1].Disks[1].Operations, guests[1].Disks[1].Bytes));
    }

    /// <summary>A console is a driver of a virtio console, or one without a device; a disk is a driver of a disk.</summary>
    [Theory]
    [InlineData("console=port\n", true)]
    [InlineData("console=disk0\n", false)]
    [InlineData("disk=port\n", false)]
    public void A_driver_serves_what_its_device_is(string line, bool good)
    {
        byte[] text = Encoding.ASCII.GetBytes(Disks + line + "[driver port]\nimage=virtioconsole\ndevice=console:3\n");
        ProgramEntry[] programs = new ProgramEntry[4];
        var parser = new ManifestParser(text, programs, new GuestEntry[2], new ManifestError[4]);
        Assert.Equal(good, parser.Parse());
        Assert.Equal((Runtime.Devices.DeviceKind.Console, 3), (programs[3].DeviceKind, programs[3].Device));
        Assert.Equal((Runtime.Devices.DeviceKind.Block, 1), (programs[2].DeviceKind, programs[2].Device));
    }

    /// <summary>A block device and a console of one number are two devices.</summary>
    [Theory]
    [InlineData("block:2", true)]
    [InlineData("console:1", true)]
    [InlineData("block:1", false)]
    [InlineData("block:0", false)]
    public void A_device_has_one_driver(string device, bool good)
    {
        byte[] text = Encoding.ASCII.GetBytes(Disks + $"[driver more]\nimage=any\ndevice={device}\n");
        ManifestError[] errors = new ManifestError[4];
        var parser = new ManifestParser(text, new ProgramEntry[4], new GuestEntry[2], errors);
        Assert.Equal(good, parser.Parse());
        Assert.True(good || (errors[0].Problem == ManifestProblem.SharedDevice && parser.ErrorCount == 1));
    }

    [Fact]
    public void A_device_of_two_drivers_is_noticed() => Twin.MustFail(
        typeof(ManifestTests), nameof(A_device_has_one_driver), ["block:1", false], new Change("src/Root/ManifestParser.cs", "for (int i = 0; i < program; i++)", "for (int i = 0; i < 0; i++)"));

    [Theory]
    [InlineData("disk0:sectors=100", true)]
    [InlineData("disk0:sectors=101", false)]
    [InlineData("disk0:ro:sectors=101", false)]
    [InlineData("disk0:first=150", true)]
    [InlineData("disk0:first=149", false)]
    [InlineData("disk0:first=120:sectors=1", false)]
    [InlineData("disk0", false)]
    [InlineData("disk1", false)]
    [InlineData("disk1:ro", true)]
    [InlineData("disk1:ro:first=5:sectors=6", true)]
    public void Parts_that_someone_may_write_belong_to_one_guest(string disk, bool good)
    {
        byte[] text = Encoding.ASCII.GetBytes(Disks + "disk=" + disk);
        ManifestError[] errors = new ManifestError[4];
        var parser = new ManifestParser(text, new ProgramEntry[4], new GuestEntry[2], errors);
        Assert.Equal(good, parser.Parse());
        Assert.Equal(good ? 0 : 1, parser.ErrorCount);
        Assert.True(good || errors[0].Problem == ManifestProblem.SharedDisk);
    }

    [Theory]
    [InlineData("disk0:")]
    [InlineData("disk0::ro")]
    [InlineData("disk0:rw")]
    [InlineData("disk0:first=")]
    [InlineData("disk0:first=x")]
    [InlineData("disk0:sectors=0")]
    [InlineData("disk0:first=1:sectors=18014398509481984")]
    [InlineData("disk0:first=18014398509481985")]
    [InlineData("disk0:ops=18446744073709551615")]
    public void Words_that_no_disk_has_are_refused(string disk)
    {
        byte[] text = Encoding.ASCII.GetBytes(Disks + "disk=" + disk);
        ManifestError[] errors = new ManifestError[4];
        Assert.False(new ManifestParser(text, new ProgramEntry[4], new GuestEntry[2], errors).Parse());
        Assert.Equal(ManifestProblem.BadValue, errors[0].Problem);
    }

    [Theory]
    [InlineData("[guest g]\ncolour=red", 2, ManifestProblem.UnknownKey, "colour")]
    [InlineData("[machine]\nirq=4", 2, ManifestProblem.UnknownKey, "irq")]
    [InlineData("[application a]\nimage=a\nports=1-2", 3, ManifestProblem.UnknownKey, "ports")]
    [InlineData("[driver d]\nimage=d\nmemory=1M", 3, ManifestProblem.UnknownKey, "memory")]
    [InlineData("[driver d]\nimage=d\nbudget=0", 3, ManifestProblem.BadValue, "0")]
    [InlineData("[driver d]\nimage=d\nbudget=101", 3, ManifestProblem.BadValue, "101")]
    [InlineData("[application a]\nimage=a\nbudget=10", 3, ManifestProblem.UnknownKey, "budget")]
    [InlineData("[driver d]\nimage=d\nrestart=perhaps", 3, ManifestProblem.BadValue, "perhaps")]
    [InlineData("[guest g]\ninterrupts=never", 2, ManifestProblem.BadValue, "never")]
    [InlineData("[toaster]", 1, ManifestProblem.UnknownSection, "toaster")]
    [InlineData("[driver]", 1, ManifestProblem.BadName, "driver")]
    [InlineData("exit-port=1", 1, ManifestProblem.NoSection, "exit-port")]
    [InlineData("[machine]\n\nnonsense", 3, ManifestProblem.BadLine, "nonsense")]
    [InlineData("[machine]\nexit-port=0x10000", 2, ManifestProblem.BadValue, "0x10000")]
    [InlineData("[driver d]\nimage=d\nirq=24", 3, ManifestProblem.BadValue, "24")]
    [InlineData("[driver d]\nimage=d\nports=9-8", 3, ManifestProblem.BadValue, "9-8")]
    [InlineData("[driver d]\nirq=1", 1, ManifestProblem.MissingKey, "d")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k", 1, ManifestProblem.MissingKey, "g")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\nconsole=none", 1, ManifestProblem.UnknownConsole, "none")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\non-end=dance", 6, ManifestProblem.BadValue, "dance")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\nrestart=sometimes", 6, ManifestProblem.BadValue, "sometimes")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\nshort-lives=many", 6, ManifestProblem.BadValue, "many")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\nwatchdog=3601", 6, ManifestProblem.BadValue, "3601")]
    [InlineData("[application a]\nimage=a\non-end=exit", 3, ManifestProblem.BadValue, "exit")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\ncache-roots=0", 6, ManifestProblem.BadValue, "0")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\ncache-roots=65", 6, ManifestProblem.BadValue, "65")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\ncache-policy=random", 6, ManifestProblem.BadValue, "random")]
    [InlineData("[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\ncache-fill-ahead=yes", 6, ManifestProblem.BadValue, "yes")]
    [InlineData("[driver d]\nimage=d\non-end=stay", 3, ManifestProblem.UnknownKey, "on-end")]
    public void Every_mistake_is_named(string manifest, int line, ManifestProblem problem, string about)
    {
        byte[] text = Encoding.ASCII.GetBytes(manifest);
        ManifestError[] errors = new ManifestError[8];
        var parser = new ManifestParser(text, new ProgramEntry[4], new GuestEntry[4], errors);
        Assert.False(parser.Parse());
        Assert.Equal(problem, errors[0].Problem);
        Assert.Equal(line, errors[0].Line);
        Assert.Equal(about, Encoding.ASCII.GetString(errors[0].About.In(text)));
    }

    [Fact]
    public void Restart_watchdog_and_ends_are_understood()
    {
        byte[] text = "[application a]\nimage=a\nargs=one two\non-end=exit-last\n[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\nrestart=on-crash\nwatchdog=30\nshort-lives=7\non-end=exit-last\n"u8.ToArray();
        Span<ProgramEntry> programs = new ProgramEntry[1];
        Span<GuestEntry> guests = new GuestEntry[1];
        Assert.True(new ManifestParser(text, programs, guests, new ManifestError[4]).Parse());
        Assert.Equal(("one two", true), (Encoding.ASCII.GetString(programs[0].Arguments.In(text)), programs[0].ExitWhenLast));
        Assert.Equal((RestartPolicy.OnCrash, 30U, 7U, true, false), (guests[0].Restart, guests[0].WatchdogSeconds, guests[0].MostShortLives, guests[0].ExitWhenLast, guests[0].ExitOnEnd));
    }

    [Fact]
    public void Settings_of_the_cache_are_understood()
    {
        byte[] text = "[guest g]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\ncache-roots=8\ncache-policy=lru\ncache-fill-ahead=off\n[guest h]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\ncache-policy=fifo\ncache-fill-ahead=on\n"u8.ToArray();
        Span<GuestEntry> guests = new GuestEntry[2];
        Assert.True(new ManifestParser(text, new ProgramEntry[1], guests, new ManifestError[4]).Parse());
        Assert.Equal(8 | CacheSettings.LeastRecentlyUsed | CacheSettings.NoFillAhead, guests[0].CacheSettings);
        Assert.Equal(0UL, guests[1].CacheSettings);
    }

    [Fact]
    public void A_journal_gives_back_what_was_taken_in_the_same_order()
    {
        MemoryJournal journal = default;
        for (ulong i = 1; i <= 10; i++)
        {
            Assert.False(journal.TryReplay(i, out _));
            journal.Add(new PageStretch((int)i, 100 * i), i);
        }

        journal.Rewind();
        for (ulong i = 1; i <= 10; i++)
        {
            Assert.False(journal.TryReplay(i + 1, out _));
            Assert.True(journal.TryReplay(i, out PageStretch stretch));
            Assert.Equal(((int)i, 100 * i), (stretch.Range, stretch.First));
        }
    }

    [Fact]
    public void More_sections_than_room_are_refused()
    {
        byte[] text = Encoding.ASCII.GetBytes("[driver a]\nimage=a\n[driver b]\nimage=b\n");
        ManifestError[] errors = new ManifestError[8];
        var parser = new ManifestParser(text, new ProgramEntry[1], new GuestEntry[1], errors);
        Assert.False(parser.Parse());
        Assert.Equal(ManifestProblem.TooMany, errors[0].Problem);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("4K", 4096)]
    [InlineData("2G", 2147483648)]
    [InlineData("0x3f8", 0x3f8)]
    [InlineData("0xFF", 255)]
    public void Numbers(string text, long expected)
    {
        Assert.True(NumberText.TryParse(Encoding.ASCII.GetBytes(text), out ulong number));
        Assert.Equal((ulong)expected, number);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("M")]
    [InlineData("12a")]
    [InlineData("-1")]
    [InlineData("1 2")]
    [InlineData("99999999999999999999")]
    [InlineData("99999999999G")]
    public void No_numbers(string text) => Assert.False(NumberText.TryParse(Encoding.ASCII.GetBytes(text), out _));

    /// <summary>Bytes of a guest must never be requests to root.</summary>
    [Theory]
    [InlineData("line", true)]
    [InlineData("console", false)]
    [InlineData("nothing", false)]
    [InlineData("bus", false)]
    [InlineData("disk0", false)]
    [InlineData("clock", false)]
    public void The_control_line_has_a_driver_of_its_own(string driver, bool good)
    {
        byte[] text = Encoding.ASCII.GetBytes($"[machine]\ncontrol={driver}\n[driver line]\nimage=console\n[driver bus]\nimage=bus\nbus=pci\n[driver disk0]\nimage=disk\ndevice=block:0\n" + Good);
        var errors = new ManifestError[4];
        var parser = new ManifestParser(text, new ProgramEntry[8], new GuestEntry[4], errors);
        Assert.Equal(good, parser.Parse());
        Assert.True(good || (errors[0].Problem, errors[0].Line) == (ManifestProblem.BadControl, 2));
    }
}

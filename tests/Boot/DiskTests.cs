using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>A guest's disks: the stock front end of Xen's block interface, a back end, and a driver of virtio's.</summary>
public sealed class DiskTests
{
    private const string Sizes = "512 1536 3584 4096 5120 16384 45056 69632 131072 1048576";

    [Fact]
    public void WhatIsWrittenIsThereInTheNextRun()
    {
        using DiskImage disk = new(24);
        const string Make = "mke2fs /dev/xvda >/dev/null && mount -t ext4 /dev/xvda /tmp && cp -r /bin/busybox /etc /tmp/ && cd /tmp && find . -type f | xargs sha256sum >/sums && cp /sums /tmp/ && cd / && umount /tmp && echo made";
        Assert.Equal("made\n", Launcher.Run("disk-make", [], "--disk", disk.Path, "--exec", Make).Expect(0).ExpectCleanLog().Text);
        const string Check = "mount -t ext4 -o ro /dev/xvda /tmp && cd /tmp && sha256sum -c sums >/dev/null && wc -l <sums";
        Assert.Equal("3\n", Launcher.Run("disk-check", [], "--disk", disk.Path, "--exec", Check).Expect(0).ExpectCleanLog().Text);
    }

    /// <summary>Two disks, requests of many sizes at odd places, past Linux's cache and through it.</summary>
    [Fact]
    public void EverySizeReadsAndWritesItsBytes()
    {
        using DiskImage source = new(8, 8 << 20);
        using DiskImage target = new(8);
        const string Command = $$"""
            for size in {{Sizes}}; do
                dd if=/dev/xvda bs=$size skip=3 count=2 iflag=direct 2>/dev/null | sha256sum
                dd if=/dev/xvda of=/dev/xvdb bs=$size skip=1 seek=1 count=3 iflag=direct oflag=direct conv=notrunc 2>/dev/null || echo failed
            done
            sha256sum </dev/xvda
            cat /sys/block/xvda/ro /sys/block/xvdb/ro
            echo x | dd of=/dev/xvda bs=512 conv=sync,notrunc 2>/dev/null || echo refused
            """;
        byte[] before = source.Read();
        string[] lines = Launcher.Run("disk-sizes", [], "--disk", source.Path + ":ro", "--disk", target.Path, "--exec", Command).Expect(0).ExpectCleanLog().Text.Split('\n');
        int[] sizes = [.. Sizes.Split(' ').Select(int.Parse)];
        byte[] expected = new byte[before.Length];
        foreach (int size in sizes)
        {
            before.AsSpan(size, size * 3).CopyTo(expected.AsSpan(size));
        }

        Assert.Equal([.. sizes.Select(size => DiskImage.Hash(before.AsSpan(size * 3, size * 2)) + "  -"), DiskImage.Hash(before) + "  -", "1", "0", "refused", ""], lines);
        Assert.True(expected.AsSpan().SequenceEqual(target.Read()), "the second disk holds something else");
        Assert.True(before.AsSpan().SequenceEqual(source.Read()), "a disk that must not be written was written");
    }

    /// <summary>The same kernel on the machine itself, for comparison: the disk is virtio's own there.</summary>
    [Fact]
    public void MachineItselfHasTheDiskToo()
    {
        using DiskImage disk = new(8);
        const string Command = "echo here | dd of=/dev/vda bs=512 seek=7 conv=sync,notrunc 2>/dev/null && dd if=/dev/vda bs=512 skip=7 count=1 iflag=direct 2>/dev/null | head -n 1";
        Assert.Equal("here\n", Launcher.Run("disk-native", [], "--native", "--disk", disk.Path, "--exec", Command).Expect(0).Text);
        Assert.Equal("here", System.Text.Encoding.ASCII.GetString(disk.Read().AsSpan(7 * 512, 4)));
    }

    [Fact]
    public void ADiskThatAnotherMachineHasIsRefused()
    {
        using DiskImage disk = new(1);
        ProcessStartInfo start = new("qemu-system-x86_64", ["-accel", "tcg", "-display", "none", "-nodefaults", "-S", "-qmp", "stdio", "-drive", $"if=virtio,format=raw,file={disk.Path}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using Process other = Process.Start(start)!;
        try
        {
            // Its greeting comes when the disk is open.
            Assert.StartsWith("{\"QMP\"", other.StandardOutput.ReadLine(), StringComparison.Ordinal);
            foreach (string suffix in (string[])["", ":ro"])
            {
                Outcome outcome = Launcher.Run("disk-locked", [], "--disk", disk.Path + suffix, "--exec", "true").Expect(125);
                Assert.Equal($"tierce: --disk {disk.Path}{suffix}: is in use by another machine\n", outcome.Error);
            }
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }
    }

    /// <summary>The bus logs what the device lacks. Root does not start the guest without its disk.</summary>
    [Fact]
    public void ALegacyDeviceIsRefusedByName()
    {
        using DiskImage disk = new(1);
        Outcome outcome = Launcher.ExecuteOn(
            "disk-legacy", "-set device.device0.disable-legacy=off -set device.device0.disable-modern=on", "true", "--disk", disk.Path, "--timeout", "60").Expect(125);
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        Assert.Contains("a disk, has no registers of virtio 1.0", log, StringComparison.Ordinal);
        Assert.Contains("driver disk0: the machine has no such device that can be used", log, StringComparison.Ordinal);
        Assert.Contains("guest guest: its disk disk0 was not started", log, StringComparison.Ordinal);
    }

    /// <summary>The guest's second life finds on the disk what the first has written, and its third what the second has.</summary>
    [Fact]
    public void AGuestThatRebootsKeepsItsDisk()
    {
        using DiskImage disk = new(1);
        string file = Path.Combine(Launcher.Root, "artifacts", "logs", "disk-reboot.yaml");
        File.WriteAllText(file, $$"""
            guests:
              - name: again
                memory: 128M
                restart: on-reboot
                disks: [{{disk.Path}}]
                exec: |
                  life=$(dd if=/dev/xvda bs=1 count=1 2>/dev/null | tr -d '\0'); [ "$life" = 2 ] && exit 7
                  printf %d $((life + 1)) | dd of=/dev/xvda conv=notrunc,fsync 2>/dev/null; reboot -f
            """);
        Outcome outcome = Launcher.Run("disk-reboot", [], "--guests-file", file).Expect(7);
        string log = File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
        Assert.Equal(2, Regex.Count(log, "guest again ended: reboot \\(restart\\)\\n"));
        Assert.Equal((byte)'2', disk.Read()[0]);
    }
}

using System.Globalization;
using System.Reflection;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Systems;

/// <summary>A Debian on a disk: installed once from Debian's packages, then booted from its disk by its own kernel and initial RAM file system.</summary>
internal static class DebianSystem
{
    /// <summary>Name of the system.</summary>
    public const string Name = "debian";

    /// <summary>Size of its disk, in MiB, if the user says none. The file takes what the system has written.</summary>
    private const int UsualSize = 4096;

    /// <summary>Smallest disk: the system takes some 400 MiB.</summary>
    private const int LeastSize = 768;

    /// <summary>The folder of installed systems. Unlike the cache it holds what a user has done in them, and nothing removes it.</summary>
    private static readonly UserFolder s_place = new("TIERCE_SYSTEMS", "XDG_DATA_HOME", Path.Combine(".local", "share"), "installed systems");

    /// <summary>What installing needs, and what growing a disk needs.</summary>
    private static readonly string[] s_forInstalling = ["mmdebstrap", "mke2fs"], s_forGrowing = ["e2fsck", "resize2fs"];

    /// <summary>Packages in addition to those that Debian marks as required: the kernel for virtual machines, init, and what a shell wants.</summary>
    private const string Packages = "linux-image-cloud-amd64,initramfs-tools,systemd-sysv,udev,dbus,kmod,e2fsprogs,iproute2,login,passwd,less,ca-certificates";

    /// <summary>The console is for a login or for a command, which <c>tierce.service</c> runs.</summary>
    private const string ForLogin = "systemd.mask=tierce.service", ForCommand = "quiet systemd.show_status=false systemd.mask=serial-getty@hvc0.service";

    /// <summary>The run of it: installs the system if that was not done yet.</summary>
    /// <param name="options">What the user gave; the system's disk becomes the first.</param>
    /// <param name="sizeMiB">Size of its disk; null for what it has.</param>
    /// <exception cref="ToolException">It cannot be installed, or the size makes no sense.</exception>
    public static RunOptions Prepare(RunOptions options, int? sizeMiB)
    {
        if (options.Initrd is not null || options.Guest != new RunOptions().Guest)
        {
            throw new ToolException("--guest and --initrd: the system debian has its own kernel and initial RAM file system");
        }

        if (options.Carrier != Carrier.Tierce)
        {
            throw new ToolException("run debian: not with --native or --xen");
        }

        string folder = Path.Combine(s_place.Find(), Name);
        string disk = Path.Combine(folder, "disk.img");
        s_place.Make(folder);
        using (ToolCache.Lock($"system-{Name}"))
        {
            if (!File.Exists(disk))
            {
                Install(folder, disk, sizeMiB ?? UsualSize);
            }
            else if (sizeMiB is { } size)
            {
                Grow(disk, size);
            }
        }

        return options with
        {
            Guest = Path.Combine(folder, "vmlinuz"),
            Initrd = Path.Combine(folder, "initrd"),
            IsSystem = true,

            // A command's run ends with the system, however it ends.
            ManifestLines = options.Command is null ? ["restart=on-reboot", .. options.ManifestLines] : options.ManifestLines,
            Disks = [new GuestDisk(disk, ReadOnly: false, options.Ephemeral), .. options.Disks],
            CommandLine = $"root=/dev/xvda rw {(options.Command is null ? ForLogin : ForCommand)} {options.CommandLine}".TrimEnd(),
        };
    }

    private static void Install(string folder, string disk, int sizeMiB)
    {
        if (sizeMiB < LeastSize)
        {
            throw new ToolException($"--disk-size: Debian needs at least {LeastSize}M");
        }

        Requirements.Ensure(s_forInstalling);
        Progress.Note("installing Debian onto a disk, once, from Debian's packages");
        string script = Path.Combine(folder, "customize");
        using (Stream source = Assembly.GetExecutingAssembly().GetManifestResourceStream("customize")!)
        using (FileStream file = File.Create(script))
        {
            source.CopyTo(file);
        }

        string mode = Environment.UserName == "root" ? "root" : "unshare";
        Programs.RunChecked(
            "mmdebstrap",
            [
                $"--mode={mode}", "--variant=apt", "--format=null", $"--include={Packages}", "--aptopt=APT::Install-Recommends \"false\"",
                string.Create(CultureInfo.InvariantCulture, $"--customize-hook=sh {Quote(script)} \"$1\" {Quote(folder)} {sizeMiB}"), Release(), "/dev/null",
            ],
            null,
            line => Progress.Note($"  {line}"));
        File.Move(disk + ".new", disk);
    }

    /// <summary>A word for the shell.</summary>
    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>The release of the host, or the current stable one on a host that is no Debian.</summary>
    private static string Release()
    {
        const string Key = "VERSION_CODENAME=";
        string[] lines = File.Exists("/etc/os-release") ? File.ReadAllLines("/etc/os-release") : [];
        string? name = lines.Contains("ID=debian") ? lines.FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) : null;
        return name is null ? "stable" : name[Key.Length..].Trim('"');
    }

    private static void Grow(string disk, int sizeMiB)
    {
        long bytes = (long)sizeMiB << 20;
        long now = new FileInfo(disk).Length;
        if (bytes < now)
        {
            throw new ToolException($"--disk-size {sizeMiB}M: the disk has {now >> 20} MiB already, and is not made smaller");
        }

        if (bytes == now)
        {
            return;
        }

        Requirements.Ensure(s_forGrowing);
        using Progress progress = Progress.Start($"growing the disk to {sizeMiB} MiB");
        ProgramResult check = Programs.Run("e2fsck", ["-f", "-p", disk]);
        if (check.Status > 1)
        {
            throw new ToolException($"--disk-size: the file system on {disk} has errors (e2fsck: status {check.Status}); run e2fsck -f on it");
        }

        using (FileStream file = File.OpenWrite(disk))
        {
            file.SetLength(bytes);
        }

        Programs.RunChecked("resize2fs", [disk]);
    }
}

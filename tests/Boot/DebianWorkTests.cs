using System.Diagnostics;
using System.Globalization;
using Tierce.Soaking;

namespace Tierce.Boot.Tests;

/// <summary>
/// Systems on disks work as on a machine: packages are installed from a second disk, file systems stand a stress, and three systems share a
/// device. Each test works on copies of the installed Debian. Part of the stresses: they take minutes.
/// </summary>
public sealed class DebianWorkTests
{
    private const string Packages = "stress-ng xfsprogs btrfs-progs";

    /// <summary>Stressors that change files or their names. stress-ng checks what they read back.</summary>
    private const string Stressors = "chmod chown copy-file dentry dir dirdeep fallocate fpunch getdent hdd io link mknod rename seek symlink touch utime xattr";

    private const string Install = $$"""
        sed -i s/update_initramfs=yes/update_initramfs=no/ /etc/initramfs-tools/update-initramfs.conf
        mkdir /mnt/repository && mount -o ro /dev/xvdb /mnt/repository || exit 10
        echo 'deb [trusted=yes] file:/mnt/repository ./' >/etc/apt/sources.list
        (apt-get update && DEBIAN_FRONTEND=noninteractive apt-get -y install {{Packages}}) >/tmp/apt 2>&1 || (cat /tmp/apt; exit 11) || exit
        dpkg --audit; apt-get check >/dev/null; dpkg-query -Wf '${Package} ${Status}\n' {{Packages}}

        """;

    private const string Stress = $$"""
        stress() {
            mkfs.$2 -q $1 2>/dev/null && mount $1 /mnt && mkdir /mnt/work || exit 12
            for stressor in {{Stressors}}; do
                stress-ng --verify --temp-path /mnt/work --$stressor 1 --timeout 2s >/tmp/stress 2>&1 || (echo "$2, $stressor: status $?"; cat /tmp/stress)
            done
            cp -a /usr/share/doc /mnt/doc && umount /mnt && mount $1 /mnt && diff -r /usr/share/doc /mnt/doc && umount /mnt && echo "$2 worked"
        }
        stress /dev/xvdc ext4; stress /dev/xvdd xfs; stress /dev/xvde btrfs
        e2fsck -fn /dev/xvdc >/tmp/check 2>&1 || (echo "e2fsck: $?"; cat /tmp/check)
        xfs_repair -n /dev/xvdd >/tmp/check 2>&1 || (echo "xfs_repair: $?"; cat /tmp/check)
        btrfs check /dev/xvde >/tmp/check 2>&1 || (echo "btrfs check: $?"; cat /tmp/check)
        echo checked
        """;

    /// <summary>The work of each of three systems, which its init runs as the only thing to do.</summary>
    private const string Copying = """
        #!/bin/sh
        exec >/dev/hvc0 2>&1
        for i in 1 2; do
            cp -a /usr/lib/x86_64-linux-gnu /usr/share/doc /srv && sync && echo 3 >/proc/sys/vm/drop_caches
            for part in lib/x86_64-linux-gnu share/doc; do diff -r --no-dereference /usr/$part /srv/${part#*/} || echo "copy $i is wrong"; done
            rm -r /srv/x86_64-linux-gnu /srv/doc
        done
        systemctl --failed --no-legend
        echo "work done"
        """;

    /// <summary>The system installs packages from a second disk. ext4, xfs and btrfs then stand a stress. All file systems are whole afterwards.</summary>
    [SoakFact]
    public void ItInstallsPackagesAndItsFileSystemsStayWhole()
    {
        Stopwatch clock = Stopwatch.StartNew();
        string folder = Copy("debian-work");
        string root = Path.Combine(folder, "debian", "disk.img");
        string repository = Repository(folder, root);
        using DiskImage ext4 = new(400), xfs = new(400), btrfs = new(400);
        Outcome outcome = Run(
            "debian-work",
            folder,
            ["debian", "--memory", "1G", "--disk", repository + ":ro", "--disk", ext4.Path, "--disk", xfs.Path, "--disk", btrfs.Path, "--exec", Install + Stress]);
        Assert.Equal(
            string.Concat(Packages.Split(' ').Order(StringComparer.Ordinal).Select(package => $"{package} install ok installed\n")) + "ext4 worked\nxfs worked\nbtrfs worked\nchecked\n",
            outcome.Expect(0).Text);
        Call("e2fsck", "-fn", root);
        Directory.Delete(folder, recursive: true);
        Soak.Record("debian-file-systems", 3 * Stressors.Split(' ').Length, "stressors of files on ext4, xfs and btrfs", Soak.FirstSeed, clock);
    }

    /// <summary>Three systems on partitions of one device work at the same time, and switch off. Their file systems are whole afterwards.</summary>
    [SoakFact]
    public void ThreeShareADevice()
    {
        const int SizeMiB = 1200;
        Stopwatch clock = Stopwatch.StartNew();
        string folder = Path.Combine(Copy("debian-three"), "debian");
        string root = Path.Combine(folder, "disk.img"), shared = Path.Combine(folder, "shared.img"), script = Path.Combine(folder, "work");
        Call("e2fsck", "-fp", root);
        Call("resize2fs", root, $"{SizeMiB}M");
        File.WriteAllText(script, Copying.ReplaceLineEndings("\n") + "\n");
        Call("debugfs", "-w", "-R", $"write {script} /root/work", root);
        Call("debugfs", "-w", "-R", "set_inode_field /root/work mode 0100755", root);
        string[] names = ["one", "two", "three"];
        string table = "label: gpt\\n" + string.Concat(names.Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"start={Start(i) * 2048},size={SizeMiB}M,name={name}\\n")));
        Call("sh", "-c", $"truncate -s {Start(3) + 1}M '{shared}' && printf '{table}' | sfdisk -q '{shared}'");
        for (int i = 0; i < names.Length; i++)
        {
            Call("dd", $"if={root}", $"of={shared}", "bs=1M", $"count={SizeMiB}", $"seek={Start(i)}", "conv=sparse,notrunc", "status=none");
        }

        string file = Path.Combine(folder, "three.yaml");
        File.WriteAllText(file, "guests:\n" + string.Concat(names.Select(name => $$"""
              - name: {{name}}
                kernel: vmlinuz
                initrd: initrd
                memory: 384M
                cmdline: root=/dev/xvda rw quiet systemd.show_status=false systemd.mask=serial-getty@hvc0.service systemd.run=/root/work
                disks: [{file: shared.img, partition: {{name}}}]

            """)));
        Outcome outcome = Run("debian-three", folder, ["--guests-file", file]).Expect(0);
        Assert.All(names, name => Assert.Matches($"{name}: .*work done\r\n", outcome.Text));
        Assert.DoesNotMatch("is wrong|[Ee]rror|failed|differ", outcome.Text);
        for (int i = 0; i < names.Length; i++)
        {
            Call("dd", $"if={shared}", $"of={root}", "bs=1M", $"count={SizeMiB}", $"skip={Start(i)}", "conv=sparse", "status=none");
            Call("e2fsck", "-fn", root);
        }

        Directory.Delete(folder, recursive: true);
        Soak.Record("debian-three", names.Length, "systems on one device", Soak.FirstSeed, clock);

        static int Start(int partition) => 1 + (partition * (SizeMiB + 1));
    }

    /// <summary>A copy of the installed system; the folder is emptied first.</summary>
    private static string Copy(string name)
    {
        // Installs it, if that was not done yet.
        DebianTests.Run("debian-there", "true", "--ephemeral").Expect(0);
        string folder = Path.Combine(Launcher.Root, "artifacts", "systems-" + name);
        Call("sh", "-c", $"rm -rf '{folder}' && mkdir '{folder}' && cp -r --sparse=always '{DebianTests.Systems}/debian' '{folder}/'");
        return folder;
    }

    /// <summary>Puts the packages, and those among their dependencies that the system lacks, onto a disk.</summary>
    private static string Repository(string folder, string root)
    {
        string packages = Path.Combine(folder, "packages"), disk = Path.Combine(folder, "packages.img");
        Call("sh", "-c", $$"""
            set -e
            mkdir -p '{{packages}}/partial'
            debugfs -R 'cat /var/lib/dpkg/status' '{{root}}' >'{{folder}}/status' 2>/dev/null
            apt-get -q -y --download-only -o Debug::NoLocking=1 -o APT::Sandbox::User=root -o APT::Install-Recommends=false \
                -o Dir::State::status='{{folder}}/status' -o Dir::Cache::archives='{{packages}}' install {{Packages}}
            cd '{{packages}}'
            for file in *.deb; do
                dpkg-deb -f "$file"
                printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat -c %s "$file")" "$(sha256sum "$file" | cut -d' ' -f1)"
            done >Packages
            mke2fs -q -t ext4 -d . '{{disk}}' 160M
            """);
        return disk;
    }

    private static Outcome Run(string name, string systems, string[] arguments)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        return Launcher.Call(
            logs,
            [],
            environment => environment["TIERCE_SYSTEMS"] = systems,
            Path.Combine(Launcher.Root, "tierce"),
            ["run", "--logs", logs, "--timeout", "2000", .. arguments]);
    }

    private static void Call(string program, params string[] arguments) => Launcher.Call(string.Empty, [], null, program, arguments).Expect(0);
}

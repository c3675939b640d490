package io.wesdb.internal;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;

/** Holds the packages where ARCHITECTURE.md says that they are. */
@AnalyzeClasses(packages = "io.wesdb", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    private static final String ROOT = "io.wesdb.internal.";

    /** Classes of that package may use of wesdb only the public API and the packages named. */
    private static ArchRule only(String name, String... allowed) {
        List<String> packages = new ArrayList<>(List.of("io.wesdb", "io.wesdb.internal", ROOT + name + ".."));
        for (String each : allowed) {
            packages.add(ROOT + each);
        }
        return noClasses()
                .that()
                .resideInAPackage(ROOT + name + "..")
                .and()
                .resideOutsideOfPackage(ROOT + name + ".zookeeper..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("io.wesdb..").and(not(resideInAnyPackage(packages.toArray(new String[0])))));
    }

    @ArchTest
    static final ArchRule envKnowsNothing = only("env");

    @ArchTest
    static final ArchRule logKnowsNoSql = only("log", "env..");

    @ArchTest
    static final ArchRule clusterStandsOnTheLog = only("cluster", "env..", "log..");

    @ArchTest
    static final ArchRule truncationStandsOnTheCluster = only("truncation", "env..", "log", "cluster");

    @ArchTest
    static final ArchRule sqliteKnowsOnlyEntries = only("sqlite", "env..", "log");

    @ArchTest
    static final ArchRule readStandsOnSqliteAndLog = only("read", "env..", "log", "sqlite");

    @ArchTest
    static final ArchRule writeStandsOnSqliteAndLog = only("write", "env..", "log", "sqlite");

    @ArchTest
    static final ArchRule peersServeWrites = only("peer", "env..", "log", "write", "http", "snapshot");

    @ArchTest
    static final ArchRule snapshotsStandOnSqlite = only("snapshot", "env..", "log", "sqlite");

    @ArchTest
    static final ArchRule httpKnowsOnlyThePublicApi = only("http", "env..");

    @ArchTest
    static final ArchRule verifyKnowsOnlyWhatNodesSay = only("verify", "env..", "cluster");

    @ArchTest
    static final ArchRule zooKeeperStaysInItsCorner = noClasses()
            .that()
            .resideOutsideOfPackages("io.wesdb.internal..zookeeper..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.zookeeper..", "org.apache.curator..");

    @ArchTest
    static final ArchRule sqliteStaysInItsCorner = noClasses()
            .that()
            .resideOutsideOfPackage("io.wesdb.internal.sqlite..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.sqlite..", "java.sql..");

    @ArchTest
    static final ArchRule nettyStaysInItsCorner = noClasses()
            .that()
            .resideOutsideOfPackages("io.wesdb.internal.http..", "io.wesdb.internal.peer..", "io.wesdb.internal.env..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..");

    @ArchTest
    static final ArchRule timeComesFromTheClock = noClasses()
            .that()
            .resideOutsideOfPackage("io.wesdb.internal.env..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(Thread.class, "sleep", long.class);

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("io.wesdb.internal.(*)..").should().beFreeOfCycles();
}

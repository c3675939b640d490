package io.wesdb.internal.cluster;

/**
 * What a cluster is made from.
 *
 * @param config its settings; its log begins after their base index
 * @param baseEpoch the term after which its terms begin: 0, or that of the file from which the cluster is restarted, so
 *     that a term's number never means two things
 */
public record NewCluster(ClusterConfig config, long baseEpoch) {
    public NewCluster {
        if (config.baseIndex() < 0 || baseEpoch < 0) {
            throw new IllegalArgumentException(
                    "a cluster cannot begin after entry " + config.baseIndex() + " of term " + baseEpoch);
        }
    }

    /** A cluster that begins with nothing. */
    public static NewCluster empty(ClusterConfig config) {
        return new NewCluster(config, 0);
    }
}
